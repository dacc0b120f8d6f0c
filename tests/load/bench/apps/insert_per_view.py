"""The site, but for its analytics: each page view is one INSERT, awaited before the answer.

As is usual under ASGI with ``CONN_MAX_AGE = 0``, each of them has a connection of its own.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime

# First, as it reads the settings that all else needs.
from landing_site.asgi import application as application

# isort: split
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from landing.analytics import middleware
from landing.models import Analytics
from landing.visitors.identity import Identity

_view: ContextVar[tuple[Identity, str]] = ContextVar("view")
_attend = middleware._attend


def _remember(who: Identity, path: str, referrer: str, now: datetime | None = None) -> None:
    _view.set((who, path))


async def _attend_and_insert(request: HttpRequest, response: HttpResponseBase) -> None:
    await _attend(request, response)
    who, path = _view.get()
    event = Analytics.Event.PAGE_VIEW
    await Analytics.objects.acreate(visitor_id=who.visitor, event=event, path=path)


middleware.analytics.record_page_view = _remember
middleware._attend = _attend_and_insert
