"""A client whose requests go through the middleware as those of the deployed site do."""

from __future__ import annotations

from django.test import AsyncClient
from django.test.client import AsyncClientHandler

from landing_site.handler import InLoopHandler


class Handler(InLoopHandler, AsyncClientHandler):
    """Of Django's test client, with the site's way through the middleware."""


def new_client(*, enforce_csrf_checks: bool = False) -> AsyncClient:
    client = AsyncClient()
    client.handler = Handler(enforce_csrf_checks)
    return client
