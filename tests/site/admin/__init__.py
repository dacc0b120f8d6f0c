"""Tests of :mod:`landing_site.admin`."""
