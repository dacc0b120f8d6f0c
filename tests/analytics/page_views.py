"""Recorded rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from landing.analytics import recording
from landing.models import Analytics
from landing.visitors.identity import Identity
from tests.analytics.rows import visitor

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
Refuse = Callable[..., Any]


def view(number: int = 1, path: str = "/", referrer_host: str = "", **more: Any) -> None:
    """Record one page view."""
    recording.record_page_view(Identity(visitor(number), **more), path, referrer_host, NOON)


def stored() -> QuerySet[Analytics]:
    """Write the waiting rows, and return all rows."""
    assert recording.writer.flush()
    return Analytics.objects.order_by("pk")
