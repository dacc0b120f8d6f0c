"""Presence in one process."""
