"""Sync: the exchange with the presence backend and with other workers."""
