"""The queries of the dashboard: comparison with yesterday, top lists, history, and peaks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Func, IntegerField, Q
from django.utils import timezone

from ...analytics import history
from ...dates import day_start, from_unix_minute, site_day, unix_minute
from ...models import DEMO_MARK, Analytics, CountSample
from .site_time import local, same_time_yesterday

#: Length of a top list.
TOP = 10
#: Referrers to read. The view removes page views without a referrer, the site itself, and spam.
REFERRERS = 5 * TOP
HOUR, DAY, MONTH = 1, 24, 30 * 24  # in hours
HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True)
class TopEntry:
    """One entry of a top list."""

    name: str
    page_views: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Today and yesterday in the site's ``TIME_ZONE``. A future hour is None."""

    today_by_hour: tuple[int | None, ...]
    yesterday_by_hour: tuple[int, ...]
    #: Yesterday up to the same time of day.
    page_views_before: int
    visitors_before: int
    #: Share of today's visitors who signed in, from 0 to 1; None without visitors.
    signed_in_share: float | None
    #: Whether a row of the two days is demo data.
    has_demo: bool


@dataclass(frozen=True, slots=True)
class DashboardData:
    """Everything that the dashboard shows besides the snapshot, read at ``at``."""

    at: datetime
    last_hour: history.Series
    last_day: history.Series
    last_month: history.Series
    peaks: history.Peaks
    comparison: Comparison
    pages: tuple[TopEntry, ...]
    #: The entry "" counts page views without a referrer.
    referrers: tuple[TopEntry, ...]
    has_demo: bool


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


def read_data(at: datetime) -> DashboardData:
    """Read the data with nine queries at most. Each reads only the days that it needs."""
    comparison = _read_comparison(at)
    return DashboardData(
        at=at,
        last_hour=history.read_series(HOUR, until=at, now=at),
        last_day=history.read_series(DAY, until=at, now=at),
        last_month=history.read_series(MONTH, until=at, now=at),
        peaks=history.read_peaks(at),
        comparison=comparison,
        pages=_read_top("path", at, TOP),
        referrers=_read_top("referrer_host", at, REFERRERS),
        has_demo=comparison.has_demo or _has_demo_samples(at),
    )


def _has_demo_samples(at: datetime) -> bool:
    shown = CountSample.objects.between(at - timedelta(hours=MONTH), at)
    return shown.filter(is_demo=True).exists()


def _read_comparison(at: datetime) -> Comparison:
    before = same_time_yesterday(at)
    by_minute = _read_page_views_by_minute(at)
    visitors = _count_visitors(at, before)
    today = _group_by_hour(by_minute, at)
    current_hour = local(at).hour
    return Comparison(
        today_by_hour=tuple(
            count if hour <= current_hour or count else None for hour, count in enumerate(today)
        ),
        yesterday_by_hour=_group_by_hour(by_minute, before),
        page_views_before=sum(
            views
            for minute, views in by_minute.items()
            if unix_minute(day_start(site_day(before))) <= minute < unix_minute(before)
        ),
        visitors_before=visitors["before"],
        signed_in_share=visitors["signed_in"] / visitors["today"] if visitors["today"] else None,
        has_demo=visitors["demo"] > 0,
    )


def _read_page_views_by_minute(at: datetime) -> dict[int, int]:
    """Return the page views of yesterday and today by Unix minute."""
    counted = (
        Analytics.objects.since(day_start(site_day(at) - timedelta(days=1)))
        .page_views()
        .order_by()
        .annotate(minute=UnixMinute("created_at"))
        .values_list("minute")
        .annotate(views=Count("pk"))
    )
    return dict(counted)


def _group_by_hour(by_minute: dict[int, int], at: datetime) -> tuple[int, ...]:
    """Return 24 counts for the day of ``at``. An hour that the clock repeats is one entry."""
    zone = timezone.get_default_timezone()
    day = site_day(at)
    counted: Counter[int] = Counter()
    for minute, views in by_minute.items():
        time = from_unix_minute(minute).astimezone(zone)
        if time.date() == day:
            counted[time.hour] += views
    return tuple(counted[hour] for hour in range(HOURS_PER_DAY))


def _count_visitors(at: datetime, before: datetime) -> dict[str, int]:
    """Count distinct visitors in one query over the rows of yesterday and today.

    ``before``: yesterday up to that time. ``today`` and ``signed_in``: today. ``demo``: on both
    days, counted here because the query reads these rows anyway.
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


def _read_top(column: str, at: datetime, limit: int) -> tuple[TopEntry, ...]:
    """Return the most frequent values of a column among the page views of today."""
    counted = (
        Analytics.objects.on_day(site_day(at))
        .filter(event=Analytics.Event.PAGE_VIEW)
        .order_by()
        .values_list(column)
        .annotate(views=Count("pk"))
        .order_by("-views", column)[:limit]
    )
    return tuple(TopEntry(name, views) for name, views in counted)
