"""Health checks of a process: whether it lives, and whether it is ready for requests."""
