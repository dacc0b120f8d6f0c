"""Presence: counts the people of all workers. One folder per backend."""
