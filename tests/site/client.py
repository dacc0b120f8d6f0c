"""A test client that runs middleware in the event loop, like the deployed site."""

from __future__ import annotations

from django.test import AsyncClient
from django.test.client import AsyncClientHandler

from landing_site.handler import InLoopHandler


class Handler(InLoopHandler, AsyncClientHandler):
    """The handler of Django's test client, with the site's middleware."""


def new_client(*, enforce_csrf_checks: bool = False) -> AsyncClient:
    """Return a client without cookies."""
    client = AsyncClient()
    client.handler = Handler(enforce_csrf_checks)
    return client
