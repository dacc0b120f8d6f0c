"""Presence at the scale of one million people."""
