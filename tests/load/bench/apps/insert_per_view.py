"""The site with one change: each page view is one INSERT, awaited before the response.

Each INSERT opens a database connection, as is usual under ASGI with ``CONN_MAX_AGE = 0``.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

# Imported first, because it configures Django.
from landing_site.asgi import application as application

# isort: split
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from landing.analytics import middleware
from landing.models import Analytics
from landing.visitors.identity import Identity

_view: ContextVar[tuple[Identity, str]] = ContextVar("view")
_original = middleware._identify_and_record


def _remember(who: Identity, path: str, referrer_host: str, **more: Any) -> None:
    _view.set((who, path))


async def _record_and_insert(request: HttpRequest, response: HttpResponseBase) -> None:
    await _original(request, response)
    who, path = _view.get()
    event = Analytics.Event.PAGE_VIEW
    await Analytics.objects.acreate(visitor_id=who.visitor, event=event, path=path)


middleware.recording.record_page_view = _remember
middleware._identify_and_record = _record_and_insert
