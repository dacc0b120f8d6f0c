"""Several workers on one port: ``python -m landing_site.serve --workers 2``."""
