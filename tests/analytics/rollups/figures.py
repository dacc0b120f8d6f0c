"""Read the figures of the rollups, and compute the same ones from the analytics rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from landing.analytics.rollups import counting, reading
from landing.dates import site_day
from landing.models import Analytics
from landing.tables.rollups import (
    Dimension,
    DimensionCount,
    PageCount,
    SlotCount,
    VisitorCount,
    VisitorDay,
)

NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)
LAST = date(2026, 1, 31)
FIRST = LAST - timedelta(days=40)


def count_all() -> int:
    """Count all new rows; return how many."""
    return sum(counting.count_new_rows())


def rollups() -> dict[str, Any]:
    """Return the figures of each day, and the distinct visitors of ranges up to the last day."""
    days = [FIRST + timedelta(days=number) for number in range(41)]
    views = reading.read_page_views_by_day(FIRST, LAST)
    return {
        "page_views": {day: views.get(day, 0) for day in days},
        "pages": {name: count for name, count, _ in _top("path")},
        "referrers": {name: count for name, count, _ in _top("referrer_host")},
        **{each: _dimensions(each) for each in Dimension},
        "visitors": {day: tuple(reading.count_visitors(day, LAST)) for day in days},
    }


def _top(column: str) -> list[tuple[str, int, int]]:
    return reading.read_top(column, (FIRST, LAST), (FIRST, FIRST), 100)


def _dimensions(wanted: Dimension) -> dict[str, int]:
    found = reading.read_dimensions((FIRST, LAST), (FIRST, FIRST))
    return {value: views for dimension, value, views, _ in found if dimension == wanted}


def truth() -> dict[str, Any]:
    """Return the same as :func:`rollups` from the rows."""
    days = [FIRST + timedelta(days=number) for number in range(41)]
    rows = [
        (site_day(each.created_at), each)
        for each in Analytics.objects.all()
        if FIRST <= site_day(each.created_at) <= LAST
    ]
    views = [(day, each) for day, each in rows if each.event == "page_view"]

    def tally(column: str) -> dict[str, int]:
        names = [getattr(each, column) for _, each in views]
        if column in {*Dimension}:
            names = [name for name in names if name]
        return {name: names.count(name) for name in names}

    def visitors(first: date, *, signed_in: bool) -> int:
        return len(
            {
                bytes(each.visitor_id)
                for day, each in rows
                if day >= first and (not signed_in or each.user_id is not None)
            }
        )

    return {
        "page_views": {day: sum(each == day for each, _ in views) for day in days},
        "pages": tally("path"),
        "referrers": tally("referrer_host"),
        **{each: tally(each) for each in Dimension},
        "visitors": {
            day: (visitors(day, signed_in=False), visitors(day, signed_in=True)) for day in days
        },
    }


def stored_rows() -> list[int]:
    """Return the count of the rows in each table of the rollups."""
    return [
        table._default_manager.count()
        for table in (VisitorDay, VisitorCount, SlotCount, PageCount, DimensionCount)
    ]
