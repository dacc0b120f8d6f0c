"""Explain the stored data to visitors, and forget them on request."""
