"""Backoff, outage logging, and loops that survive failures."""
