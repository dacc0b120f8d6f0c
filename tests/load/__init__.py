"""Measurements and truth checks on real processes; not part of the test suite."""
