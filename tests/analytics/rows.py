"""Create analytics rows and samples for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from landing.dates import unix_minute
from landing.models import Analytics, CountSample


def visitor(number: int) -> bytes:
    """Return a visitor id, one per number."""
    return number.to_bytes(16, "big")


def row(number: int = 1, at: datetime | None = None, **columns: Any) -> Analytics:
    """Store a row, by default a page view."""
    return Analytics.objects.create(
        **{
            "visitor_id": visitor(number),
            "event": Analytics.Event.PAGE_VIEW,
            "created_at": at or timezone.now(),
            **columns,
        }
    )


def sample(at: datetime, people: int = 1, **columns: Any) -> CountSample:
    """Store a sample, by default of one minute."""
    return CountSample.objects.create(
        **{
            "minute": unix_minute(at),
            "people": people,
            "connections": people,
            "active": people,
            "peak_people": people,
            **columns,
        }
    )


def nothing_was_ever_stored() -> None:
    """Empty the tables: query plans depend on gaps that other tests left."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE landing_analytics, landing_countsample, landing_activity")


def analyze() -> None:
    """Update the statistics of the database, as it does periodically by itself."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
