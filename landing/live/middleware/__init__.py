"""ASGI applications around the site: lifespan, limits, mounting under a path, and origins."""
