"""Broadcasts: their content, their pace, and the handling of slow consumers."""
