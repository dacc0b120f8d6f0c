"""Rows for tests: a short way to say who saw what when, and how many were here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from landing.dates import unix_minute
from landing.models import Analytics, CountSample


def visitor(number: int) -> bytes:
    """One visitor per number."""
    return number.to_bytes(16, "big")


def row(number: int = 1, at: datetime | None = None, **columns: Any) -> Analytics:
    """A stored page view, unless ``columns`` say otherwise."""
    return Analytics.objects.create(
        **{
            "visitor_id": visitor(number),
            "event": Analytics.Event.PAGE_VIEW,
            "created_at": at or timezone.now(),
            **columns,
        }
    )


def sample(at: datetime, people: int = 1, **columns: Any) -> CountSample:
    """A stored sample of one minute, unless ``columns`` say otherwise."""
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
    """Plans depend on where rows lie: without gaps left by others, in the order of writing."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE landing_analytics, landing_countsample, landing_activity")


def analyze() -> None:
    """Have the database know what its tables hold, as it does from time to time."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
