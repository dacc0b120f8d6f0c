"""Create analytics rows and samples for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any

from django.db import connection, models
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


def store_many(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Store rows with these columns. All have the same ones, and defaults in the others.

    Values must be hashable.

    It takes a fraction of the time of ``bulk_create``, which makes an object of each row.
    """
    quote = connection.ops.quote_name
    fields = [
        each for each in model._meta.concrete_fields if not isinstance(each, models.AutoField)
    ]
    default = model()
    stored = {
        each.attname: each.get_db_prep_save(each.pre_save(default, add=True), connection)
        for each in fields
    }
    # Most values of a column are in many rows.
    convert = {
        each.attname: cache(partial(each.get_db_prep_save, connection=connection))
        for each in fields
    }

    def values(columns: Mapping[str, Any]) -> tuple[Any, ...]:
        given = {name: convert[name](value) for name, value in columns.items()}
        return tuple((stored | given).values())

    names = ", ".join(quote(each.column) for each in fields)
    places = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places})",
            list(map(values, rows)),
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
