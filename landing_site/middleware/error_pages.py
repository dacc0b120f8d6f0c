"""Django's error pages, for middleware in the event loop."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase


async def render(view: Any, request: HttpRequest, error: Exception) -> HttpResponseBase:
    """Return the response of a view in :mod:`landing.api.errors`.

    It is rendered in a thread, because a project's own template may run queries.
    """
    response: HttpResponseBase = await sync_to_async(view, thread_sensitive=False)(request, error)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
