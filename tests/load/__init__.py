"""Benchmarks and truth checks on real processes, outside the test suite."""
