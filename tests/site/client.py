"""A test client that runs middleware in the event loop, like the deployed site."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import AsyncClient
from django.test.client import AsyncClientHandler

from landing_site.middleware.asgi_handler import InEventLoopHandler


class Handler(InEventLoopHandler, AsyncClientHandler):
    """The handler of Django's test client, with the site's middleware."""


def new_client(*, enforce_csrf_checks: bool = False) -> AsyncClient:
    """Return a client without cookies."""
    client = AsyncClient()
    client.handler = Handler(enforce_csrf_checks)
    return client


async def request(client: Any, method: str, path: str, **options: Any) -> HttpResponse:
    """Return the response of the client to any method."""
    response: HttpResponse = await client.generic(method, path, **options)
    return response


def send(method: str, path: str, **options: Any) -> HttpResponse:
    """Return the response to a client without cookies."""
    return async_to_sync(request)(new_client(), method, path, **options)
