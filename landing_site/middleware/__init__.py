"""Middleware of the site, and Django's own in the event loop."""
