"""The brand of the site: its name, pictures, and colors, which all derive from one color."""
