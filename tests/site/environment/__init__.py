"""Tests of :mod:`landing_site.environment`."""
