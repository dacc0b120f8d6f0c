"""The landing page: its view, and the texts and numbers of the template tags."""
