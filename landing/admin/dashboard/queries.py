"""What the dashboard reads of both tables, at most once a minute.

Owns the comparison with yesterday, the top lists and how old all that may be. What
:mod:`landing.stats` knows is not read again here.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db.models import Count, Func, IntegerField, Q
from django.utils import timezone

from ...analytics import history
from ...dates import day_start, site_day, unix_minute
from ...models import DEMO_MARK, Analytics, CountSample
from ...resilience.outage import Outage

MAX_AGE = timedelta(minutes=1)
TOP = 10
HOUR, DAY, MONTH = 1, 24, 30 * 24  # hours
HOURS_A_DAY = 24

#: The number is to change with the shape of what is kept.
CACHE_KEY = "landing.dashboard.3"
KEPT_SECONDS = 24 * 60 * 60
READING_KEY = f"{CACHE_KEY}.reading"
#: Somebody who reads for longer than this no longer keeps others from it.
READING_SECONDS = 30
#: Who has no last readings looks so often for those of whoever reads, then reads as well.
LOOKS, LOOK_AGAIN_SECONDS = 20, 0.1

outage = Outage(logging.getLogger(__name__), "Reading the dashboard", "the last readings are shown")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a top list."""

    name: str
    page_views: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Today and yesterday; hours are of the site's ``TIME_ZONE``, None: still to come."""

    today_by_hour: tuple[int | None, ...]
    yesterday_by_hour: tuple[int, ...]
    #: yesterday up to the same time of day
    page_views_before: int
    visitors_before: int
    #: of today's visitors, from 0 to 1; None: there was none
    signed_in_share: float | None
    #: whether any row of the two days is made up
    has_demo: bool


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything that the dashboard shows beside the snapshot, read at ``at``."""

    at: datetime
    last_hour: history.Series
    last_day: history.Series
    last_month: history.Series
    peaks: history.Peaks
    comparison: Comparison
    pages: tuple[Entry, ...]
    #: "": came without one
    referrers: tuple[Entry, ...]
    has_demo: bool


class UnixMinute(Func):
    """The minute of a moment since 1970, as :func:`landing.dates.unix_minute`."""

    output_field = IntegerField()
    template = "FLOOR(DATE_PART('epoch', %(expressions)s) / 60)::int"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(CAST(STRFTIME('%%%%s', %(expressions)s) AS INTEGER) / 60)"
        return self.as_sql(compiler, connection, template=template, **context)


def latest(
    now: Callable[[], datetime] = timezone.now, sleep: Callable[[float], None] = time.sleep
) -> Readings | None:
    """At most a minute old, or the last ones of the day while the database is away.

    While one caller reads, the others get the last ones, or wait up to two seconds if the
    day has none yet. None: none are known.
    """
    for _ in range(LOOKS):
        at = now()
        last = _of_the_day(at)
        if last is not None and timedelta() <= at - last.at < MAX_AGE:
            return last
        if cache.add(READING_KEY, True, READING_SECONDS):
            try:
                return _read_and_keep(at) or last
            finally:
                cache.delete(READING_KEY)
        if last is not None:
            return last
        sleep(LOOK_AGAIN_SECONDS)
    return _read_and_keep(now())


def _of_the_day(at: datetime) -> Readings | None:
    last: Readings | None = cache.get(CACHE_KEY)
    return last if last is not None and site_day(last.at) == site_day(at) else None


def _read_and_keep(at: datetime) -> Readings | None:
    try:
        fresh = read(at)
    except DatabaseError as error:
        outage.record_failure(error)
        return None
    outage.record_success()
    cache.set(CACHE_KEY, fresh, KEPT_SECONDS)
    return fresh


def read(at: datetime) -> Readings:
    """At most nine queries, each over the days that it is about and no more."""
    comparison = _comparison(at)
    return Readings(
        at=at,
        last_hour=history.read_series(HOUR, until=at, now=at),
        last_day=history.read_series(DAY, until=at, now=at),
        last_month=history.read_series(MONTH, until=at, now=at),
        peaks=history.read_peaks(at),
        comparison=comparison,
        pages=_top("path", at, TOP),
        # One more for those who came without one, and one for the site itself.
        referrers=_top("referrer_host", at, TOP + 2),
        has_demo=comparison.has_demo or _has_demo_samples(at),
    )


def _has_demo_samples(at: datetime) -> bool:
    shown = CountSample.objects.between(at - timedelta(hours=MONTH), at)
    return shown.filter(is_demo=True).exists()


def same_time_yesterday(at: datetime) -> datetime:
    """By the site's clock, whatever was done to it in the night."""
    local = timezone.localtime(at, timezone.get_default_timezone())
    return local - timedelta(days=1)


def _comparison(at: datetime) -> Comparison:
    before = same_time_yesterday(at)
    by_minute = _page_views_by_minute(at)
    visitors = _visitors(at, before)
    today = _by_hour(by_minute, at)
    hour_now = timezone.localtime(at, timezone.get_default_timezone()).hour
    return Comparison(
        today_by_hour=tuple(
            count if hour <= hour_now or count else None for hour, count in enumerate(today)
        ),
        yesterday_by_hour=_by_hour(by_minute, before),
        page_views_before=sum(
            views
            for minute, views in by_minute.items()
            if unix_minute(day_start(site_day(before))) <= minute < unix_minute(before)
        ),
        visitors_before=visitors["before"],
        signed_in_share=visitors["signed_in"] / visitors["today"] if visitors["today"] else None,
        has_demo=visitors["demo"] > 0,
    )


def _page_views_by_minute(at: datetime) -> dict[int, int]:
    """Of yesterday and today."""
    counted = (
        Analytics.objects.since(day_start(site_day(at) - timedelta(days=1)))
        .page_views()
        .order_by()
        .annotate(minute=UnixMinute("created_at"))
        .values_list("minute")
        .annotate(views=Count("pk"))
    )
    return dict(counted)


def _by_hour(by_minute: dict[int, int], at: datetime) -> tuple[int, ...]:
    """The 24 hours of the day of ``at``; an hour that the clock repeats is one."""
    zone = timezone.get_default_timezone()
    day = site_day(at)
    counted: Counter[int] = Counter()
    for minute, views in by_minute.items():
        local = datetime.fromtimestamp(60 * minute, zone)
        if local.date() == day:
            counted[local.hour] += views
    return tuple(counted[hour] for hour in range(HOURS_A_DAY))


def _visitors(at: datetime, before: datetime) -> dict[str, int]:
    """``before``: yesterday up to that moment; of ``today``'s, how many were ``signed_in``.

    ``demo``: how many are made up, of both days. Counted here, as these rows are read anyway.
    """
    today = Q(created_at__gte=day_start(site_day(at)))
    per_visitor = (
        Analytics.objects.since(day_start(site_day(before)))
        .order_by()
        .values("visitor_id")
        .annotate(
            rows_before=Count("pk", filter=Q(created_at__lt=before)),
            rows_today=Count("pk", filter=today),
            rows_signed_in=Count("user_id", filter=today),
            rows_demo=Count("pk", filter=Q(data=DEMO_MARK)),
        )
    )
    counted: dict[str, int] = per_visitor.aggregate(
        before=Count("visitor_id", filter=Q(rows_before__gt=0)),
        today=Count("visitor_id", filter=Q(rows_today__gt=0)),
        signed_in=Count("visitor_id", filter=Q(rows_signed_in__gt=0)),
        demo=Count("visitor_id", filter=Q(rows_demo__gt=0)),
    )
    return counted


def _top(column: str, at: datetime, limit: int) -> tuple[Entry, ...]:
    """The most frequent of today's page views, the first one first."""
    counted = (
        Analytics.objects.on_day(site_day(at))
        .filter(event=Analytics.Event.PAGE_VIEW)
        .order_by()
        .values_list(column)
        .annotate(views=Count("pk"))
        .order_by("-views", column)[:limit]
    )
    return tuple(Entry(name, views) for name, views in counted)
