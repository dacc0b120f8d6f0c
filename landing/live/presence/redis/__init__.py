"""Presence shared by any number of workers, in Redis."""
