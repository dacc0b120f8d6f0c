"""Logging: its configuration, filters, and formats, and the line of a worker that starts."""
