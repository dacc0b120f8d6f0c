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

from landing.analytics import recording
from landing.analytics.middleware import VisitorMiddleware
from landing.models import Analytics
from landing.visitors.identity import Identity

#: Whose view of which page this request is, until it is inserted.
_view: ContextVar[tuple[Identity, str] | None] = ContextVar("view", default=None)
_respond = VisitorMiddleware._respond_in_event_loop


def _remember(who: Identity, path: str, referrer_host: str, **more: Any) -> None:
    _view.set((who, path))


async def _respond_and_insert(
    middleware: VisitorMiddleware, request: HttpRequest
) -> HttpResponseBase:
    response = await _respond(middleware, request)
    if (view := _view.get()) is not None:
        _view.set(None)
        who, path = view
        event = Analytics.Event.PAGE_VIEW
        await Analytics.objects.acreate(visitor_id=who.visitor, event=event, path=path)
    return response


recording.record_page_view = _remember
VisitorMiddleware._respond_in_event_loop = _respond_and_insert  # type: ignore[method-assign]
