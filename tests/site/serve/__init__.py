"""Tests of :mod:`landing_site.serve`."""
