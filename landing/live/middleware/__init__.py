"""ASGI applications around the site: lifespan, mounting under a path, and origins."""
