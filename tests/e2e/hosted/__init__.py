"""A project with pages and WebSockets of its own, into which the live counter is installed."""
