"""Tests of :mod:`landing_site.middleware`."""
