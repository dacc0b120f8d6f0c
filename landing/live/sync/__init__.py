"""Sync: what a worker exchanges with the presence backend and with other workers."""
