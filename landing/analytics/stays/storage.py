"""Store and read counts of stays by slot and bucket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import F, Sum

from ...dates import day_start, site_day, unix_minute, utc_now
from ...names import LABEL
from ...tables import own_database
from ...tables.stays import StayCount
from ..rollups import past_days
from ..rollups.changes import day_of
from ..rollups.past_days import NO_PAST, ONE_DAY, PastDays
from . import median

#: The slot in which stays ended, and the bucket of their length.
Place = tuple[int, int]
#: A start and an end; the end is excluded.
Span = tuple[datetime, datetime]

_ADD = f"""
    INSERT INTO {LABEL}_staycount (slot, bucket, stays, demo_stays) VALUES (%s, %s, %s, %s)
    ON CONFLICT (slot, bucket) DO UPDATE SET
        stays = {LABEL}_staycount.stays + excluded.stays,
        demo_stays = {LABEL}_staycount.demo_stays + excluded.demo_stays
"""  # noqa: S608  the label of the app


class Stays(NamedTuple):
    """The stays that ended in a range of time; the median is None without any."""

    total: int
    median_seconds: float | None


def add(stays: Mapping[Place, int], *, is_demo: bool = False) -> None:
    """Add stays to the table, or none if the database raises."""
    # In one order, so that two processes do not wait for each other's rows.
    rows = [(*place, stays[place], is_demo * stays[place]) for place in sorted(stays)]
    with own_database.atomic(), own_database.connection().cursor() as cursor:
        cursor.executemany(_ADD, rows)
        if past_days.has_past({day_of(slot) for slot, _ in stays}, utc_now()):
            past_days.discard()


def remove_demo() -> int:
    """Remove the demo stays, and return how many. Those of visitors stay."""
    marked = StayCount.objects.filter(demo_stays__gt=0)
    with own_database.atomic():
        removed = marked.aggregate(total=Sum("demo_stays", default=0))["total"]
        marked.filter(stays=F("demo_stays")).delete()
        marked.update(stays=F("stays") - F("demo_stays"), demo_stays=0)
        past_days.discard()
    return int(removed)


def read(now: Span, before: Span, past: PastDays = NO_PAST) -> tuple[Stays, Stays]:
    """Return the stays of two ranges, to the quarter of an hour. Both start at midnight."""
    return _summarize(_count(now, past)), _summarize(_count(before, past))


def _count(span: Span, past: PastDays) -> Counter[int]:
    """Return the stays by bucket."""
    start, end = span
    first, last = site_day(start), site_day(end)
    parts = past.read(("stays",), (first, last - ONE_DAY), _count_days)
    if day_start(last) < end:
        parts.append(_count_between(day_start(last), end))
    counted: Counter[int] = Counter()
    for part in parts:
        counted.update(part)
    return counted


def _count_days(first: date, last: date) -> dict[int, int]:
    return _count_between(day_start(first), day_start(last + ONE_DAY))


def _count_between(start: datetime, end: datetime) -> dict[int, int]:
    counts = StayCount.objects.filter(slot__gte=unix_minute(start), slot__lt=unix_minute(end))
    return dict(counts.order_by().values_list("bucket").annotate(count=Sum("stays")))


def _summarize(stays_by_bucket: Mapping[int, int]) -> Stays:
    return Stays(sum(stays_by_bucket.values()), median.median_seconds(stays_by_bucket))
