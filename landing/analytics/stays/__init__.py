"""Stays of visitors, which presence measures: counted by length, stored, and read as a median."""
