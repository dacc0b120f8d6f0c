"""Identify the visitor of a request or connection, and honor opt-outs."""
