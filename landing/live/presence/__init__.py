"""Presence: who is here, counted across workers. One file per backend."""
