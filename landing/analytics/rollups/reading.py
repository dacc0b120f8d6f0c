"""Answer questions about whole days from the rollups.

``first`` and ``last`` are days, both included. ``until`` ends the last day early: the figures of
whole slots come from the rollups, and those of the slot around ``until`` from at most a quarter of
an hour of analytics rows. With ``past``, the figures of past days come from the cache.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from django.db.models import F, Q, Sum

from ...dates import day_start, from_unix_minute, unix_minute
from ...models import Analytics
from ...tables.rollups import (
    DimensionCount,
    PageCount,
    RollupState,
    SlotCount,
    VisitorCount,
)
from . import storage, top_lists
from .changes import SLOT_MINUTES, slot_of
from .past_days import NO_PAST, ONE_DAY, Days, PastDays

#: Rows of the slot around ``until`` to read. More would change a comparison by little.
MAX_SLOT_ROWS = 20_000


class _Arrivals(NamedTuple):
    """When visitors were first seen, and first seen signed in, sorted."""

    all: list[datetime]
    signed_in: list[datetime]


class Visitors(NamedTuple):
    """Distinct visitors, and those who were signed in."""

    all: int
    signed_in: int


def read_page_views_by_slot(first: date, last: date) -> dict[int, int]:
    """Return the page views of each slot that has any."""
    return dict(_slots(first, last).values_list("slot", "page_views"))


def read_page_views_by_day(first: date, last: date, past: PastDays = NO_PAST) -> dict[date, int]:
    """Return the page views of each day that has any."""
    parts = past.read(("page views",), (first, last), _count_by_day)
    return {day: views for part in parts for day, views in part.items()}


def _count_by_day(first: date, last: date) -> dict[date, int]:
    counted = _slots(first, last).values_list("day").annotate(views=Sum("page_views"))
    return {date.fromordinal(day): views for day, views in counted}


def count_page_views_of_slot(until: datetime) -> int:
    """Return the page views in the slot of ``until`` before that time."""
    start = from_unix_minute(slot_of(until))
    return int(Analytics.objects.since(start).before(until).page_views().count())


def count_visitors(
    first: date, last: date, until: datetime | None = None, past: PastDays = NO_PAST
) -> Visitors:
    """Count the distinct visitors of these days."""
    whole_days = last if until is None else last - ONE_DAY
    parts = past.read(("visitors", first), (first, whole_days), partial(_count_visitors, first))
    visitors = Visitors(sum(part.all for part in parts), sum(part.signed_in for part in parts))
    if until is None:
        return visitors
    new = _count_visitors(first, last, last, slot_of(until))
    visitors = Visitors(visitors.all + new.all, visitors.signed_in + new.signed_in)
    for each in past.read(
        ("slot", first, slot_of(until)), (last, last), partial(_read_arrivals, first, until)
    ):
        visitors = Visitors(
            visitors.all + bisect_left(each.all, until),
            visitors.signed_in + bisect_left(each.signed_in, until),
        )
    return visitors


def _count_visitors(
    begin: date, first: date, last: date, before_slot: int | None = None
) -> Visitors:
    """Count the visitors whose first day since ``begin`` is one of these."""
    counts = VisitorCount.objects.filter(day__gte=first.toordinal(), day__lte=last.toordinal())
    if before_slot is not None:
        counts = counts.filter(slot__lt=before_slot)
    found = counts.filter(Q(gap=0) | Q(gap__gt=F("day") - begin.toordinal())).aggregate(
        all=Sum("visitors", filter=Q(is_signed_in=False), default=0),
        signed_in=Sum("visitors", filter=Q(is_signed_in=True), default=0),
    )
    return Visitors(found["all"], found["signed_in"])


def read_top(
    column: str, days: Days, days_before: Days, limit: int, past: PastDays = NO_PAST
) -> list[tuple[str, int, int]]:
    """Return the most frequent pages or referrers with their page views on both ranges of days."""
    query = partial(_count_pages, column)
    return top_lists.read(query, ("top", column), (days, days_before), limit, past)


def read_dimensions(
    days: Days, days_before: Days, past: PastDays = NO_PAST
) -> list[tuple[str, str, int, int]]:
    """Return each value of each dimension with its page views on both ranges of days."""
    now, before = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for counter, each in ((now, days), (before, days_before)):
        for part in past.read(("dimensions",), each, _count_dimensions):
            counter.update(part)
    return [(*key, now[key], before[key]) for key in {**now, **before}]


def _count_dimensions(first: date, last: date) -> dict[tuple[str, str], int]:
    counts = DimensionCount.objects.filter(day__gte=first.toordinal(), day__lte=last.toordinal())
    counted = counts.order_by().values_list("dimension", "value").annotate(Sum("page_views"))
    return {(dimension, value): views for dimension, value, views in counted}


def has_demo_rows(first: date, last: date) -> bool:
    """Return whether a row of demo data may be on one of the days."""
    return RollupState.objects.filter(
        pk=1, first_demo_day__lte=last.toordinal(), last_demo_day__gte=first.toordinal()
    ).exists()


def _slots(first: date, last: date) -> Any:
    start, end = (unix_minute(day_start(day)) for day in (first, last))
    # The key is indexed, and the day excludes nothing else than the slots of the day after.
    return SlotCount.objects.filter(
        slot__gte=start, slot__lt=end + 25 * 60, day__lte=last.toordinal()
    ).order_by()


def _count_pages(column: str, days: Days) -> Any:
    first, last = (day.toordinal() for day in days)
    counts = PageCount.objects.filter(day__gte=first, day__lte=last).order_by()
    return counts.annotate(name=F(column)).values_list("name").annotate(views=Sum("page_views"))


def _read_arrivals(begin: date, until: datetime, _: date, day: date) -> _Arrivals:
    """Return the visitors first seen in the slot of ``until``, on the last day since ``begin``."""
    slot = slot_of(until)
    start, end = (from_unix_minute(minute) for minute in (slot, slot + SLOT_MINUTES))
    rows = Analytics.objects.since(start).before(end).order_by("created_at")
    first_seen: dict[bytes, datetime] = {}
    first_signed_in: dict[bytes, datetime] = {}
    columns = rows.values_list("visitor_id", "user_id", "created_at")
    for visitor, user, at in columns[:MAX_SLOT_ROWS]:
        first_seen.setdefault(bytes(visitor), at)
        if user is not None:
            first_signed_in.setdefault(bytes(visitor), at)
    seen = storage.find_seen(first_seen, begin.toordinal(), day.toordinal(), slot)
    signed_in_before = {
        visitor
        for visitor, days in storage.read_days(first_signed_in, begin.toordinal()).items()
        if any(
            known.is_signed_in and (each, known.slot) < (day.toordinal(), slot)
            for each, known in days.items()
        )
    }
    return _Arrivals(
        sorted(at for visitor, at in first_seen.items() if visitor not in seen),
        sorted(at for visitor, at in first_signed_in.items() if visitor not in signed_in_before),
    )
