"""Tests of :mod:`landing_site.startup`."""
