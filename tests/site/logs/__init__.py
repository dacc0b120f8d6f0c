"""Tests of :mod:`landing_site.logs`."""
