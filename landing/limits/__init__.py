"""Limits per network, asked before any work is done for a client."""
