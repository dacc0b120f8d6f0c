"""Broadcast: what connections are sent, when, and what happens to slow ones."""
