"""The figures of the page views of a filter that the rollups do not have.

These are the visitors, page views by hour, lists of dimensions, and everything of a filter that
combines dimensions. They are read from the analytics rows of both ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import date, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Count, Func, IntegerField, Q

from ...analytics.rollups.changes import SLOT_MINUTES
from ...analytics.rollups.past_days import ONE_DAY, Answer, PastDays
from ...dates import day_start
from ...models import Analytics
from ...tables.rollups import Dimension
from .filters import Filter
from .ranges import Range


class UnixMinute(Func):
    """The database's version of :func:`landing.dates.unix_minute`."""

    output_field = IntegerField()
    template = "FLOOR(DATE_PART('epoch', %(expressions)s) / 60)::int"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return the SQL for SQLite, which lacks ``DATE_PART``."""
        # Without USE_TZ, the column has the time in TIME_ZONE, to which Django sets the process.
        utc = "" if settings.USE_TZ else ", 'utc'"
        template = f"(CAST(STRFTIME('%%%%s', %(expressions)s{utc}) AS INTEGER) / 60)"
        return self.as_sql(compiler, connection, template=template, **context)


def read_page_views_by_slot(shown: Range, only: Filter, past: PastDays) -> dict[int, int]:
    """Return the page views of each slot of the range and of the one before."""
    question = ("filtered slots", *only.conditions.items())
    days = (shown.before.first, shown.last)
    parts = past.read(question, days, partial(_count_by_slot, only))
    return {slot: views for part in parts for slot, views in part.items()}


def _count_by_slot(only: Filter, first: date, last: date) -> dict[int, int]:
    minute = UnixMinute("created_at")
    counted = (
        _page_views_of(first, last, only)
        .annotate(slot=minute - minute % SLOT_MINUTES)
        .values_list("slot")
        .annotate(views=Count("pk"))
    )
    return dict(counted)


def count_page_views(since: datetime, until: datetime, only: Filter) -> int:
    """Return the page views of a part of a day."""
    rows = Analytics.objects.since(since).before(until).page_views()
    return int(rows.filter(**only.conditions).count())


def read_top(
    column: str, shown: Range, limit: int, only: Filter, past: PastDays
) -> list[tuple[str, int, int]]:
    """Return the most frequent values of a column with their page views in both ranges."""

    def read() -> list[tuple[str, int, int]]:
        counted = _count_views(shown, only, column).filter(now__gt=0)
        return list(counted.order_by("-now", column)[:limit])

    return _recall(("filtered top", column, limit), shown, only, past, read)


def read_dimensions(shown: Range, only: Filter, past: PastDays) -> list[tuple[str, str, int, int]]:
    """Return each value of each dimension with its page views in both ranges, in one query."""
    count = partial(_count_dimensions, shown, only)
    return _recall(("filtered dimensions",), shown, only, past, count)


def _count_dimensions(shown: Range, only: Filter) -> list[tuple[str, str, int, int]]:
    views: dict[tuple[str, str], tuple[int, int]] = {}
    for *values, now, before in _count_views(shown, only, *Dimension):
        for key in zip(Dimension, values, strict=True):
            known = views.get(key, (0, 0))
            views[key] = known[0] + now, known[1] + before
    return [(*key, *counts) for key, counts in views.items() if key[1]]


def count_visitors(shown: Range, at: datetime, only: Filter, past: PastDays) -> dict[str, int]:
    """Count the distinct visitors of the range and of the time before in one query."""
    count = partial(_count_visitors, shown, at, only)
    return _recall(("filtered visitors",), shown, only, past, count)


def _recall(
    question: tuple[Hashable, ...],
    shown: Range,
    only: Filter,
    past: PastDays,
    read: Callable[[], Answer],
) -> Answer:
    """Return an answer about both ranges, from the cache if all days are past."""
    if shown.last >= past.first_open:
        return read()
    days = (shown.before.first, shown.last)
    question = (*question, shown.first, *only.conditions.items())
    [answer] = past.read(question, days, lambda *_: read())
    return answer


def _count_visitors(shown: Range, at: datetime, only: Filter) -> dict[str, int]:
    now = Q(created_at__gte=shown.start)
    before = Q(created_at__lt=shown.end_before(at))
    per_visitor = (
        _page_views(shown, only)
        .values("visitor_id")
        .annotate(
            rows_now=Count("pk", filter=now),
            rows_before=Count("pk", filter=before),
            signed_in_now=Count("user_id", filter=now),
            signed_in_earlier=Count("user_id", filter=before),
        )
    )
    counted: dict[str, int] = per_visitor.aggregate(
        now=Count("visitor_id", filter=Q(rows_now__gt=0)),
        before=Count("visitor_id", filter=Q(rows_before__gt=0)),
        signed_in=Count("visitor_id", filter=Q(signed_in_now__gt=0)),
        signed_in_before=Count("visitor_id", filter=Q(signed_in_earlier__gt=0)),
    )
    return counted


def _count_views(shown: Range, only: Filter, *columns: str) -> Any:
    is_now = Q(created_at__gte=shown.start)
    return (
        _page_views(shown, only)
        .values_list(*columns)
        .annotate(now=Count("pk", filter=is_now), before=Count("pk", filter=~is_now))
    )


def _page_views(shown: Range, only: Filter) -> Any:
    return _page_views_of(shown.before.first, shown.last, only)


def _page_views_of(first: date, last: date, only: Filter) -> Any:
    start, end = day_start(first), day_start(last + ONE_DAY)
    rows = Analytics.objects.since(start).before(end).page_views().order_by()
    return rows.filter(**only.conditions)
