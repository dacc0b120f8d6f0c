"""Tests of :mod:`landing_site.formats`."""
