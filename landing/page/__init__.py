"""The landing page: its view, the contexts of the template tags, and text formatting."""
