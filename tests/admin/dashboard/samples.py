"""Data and snapshots for tests of charts, tiles, and views."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from landing.admin.dashboard import queries, ranges
from landing.admin.dashboard.queries import DashboardData, Figures
from landing.analytics.history import Peak, Point, Series
from landing.live.current_snapshot import Source
from landing.stats import Online, StatsSnapshot, Today

NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)
TODAY_RANGE = ranges.preset("today", date(2026, 1, 31))


def series(people: Sequence[int | None], step_minutes: int = 1, until: datetime = NOON) -> Series:
    """Return points up to a time.

    Per person, there are two active visitors and three connections. The peak is one higher.
    """
    first = until - timedelta(minutes=step_minutes * (len(people) - 1))
    points = tuple(
        Point(
            at=first + timedelta(minutes=step_minutes * index),
            people=count,
            connections=None if count is None else 3 * count,
            active=None if count is None else 2 * count,
            peak_people=None if count is None else count + 1,
        )
        for index, count in enumerate(people)
    )
    return Series(-(-step_minutes * len(people) // 60), step_minutes, points)


def figures(**changes: Any) -> Figures:
    fields: dict[str, Any] = {
        "page_views": 99,
        "visitors": 61,
        "signed_in": 16,
        "peak": Peak(60, NOON - timedelta(hours=1)),
    }
    return Figures(**fields | changes)


def dashboard_data(**changes: Any) -> DashboardData:
    fields: dict[str, Any] = {
        "at": NOON,
        "shown": TODAY_RANGE,
        "only": queries.WHOLE_SITE,
        "last_hour": series([1, 2, 3]),
        "samples": series([1, 2, 3], 5),
        "samples_before": series([4, 5, 6], 5, NOON - timedelta(days=1)),
        "figures": figures(),
        "figures_before": figures(
            page_views=100, visitors=50, signed_in=10, peak=Peak(48, NOON - timedelta(hours=20))
        ),
        "page_views": (10,) * 12 + (2,) + (None,) * 11,
        "page_views_before": (5,) * 24,
        "pages": (),
        "referrers": (),
        "has_demo": False,
    }
    return DashboardData(**fields | changes)


def snapshot(**changes: Any) -> StatsSnapshot:
    fields: dict[str, Any] = {
        "active_users_now": 31,
        "window_minutes": 15,
        "online": Online(people=17, connections=23, signed_in=4, anonymous=13),
        "today": Today(visitors=60, page_views=98, peak_people=61),
        "source": Source.LIVE,
        "as_of": NOON + timedelta(seconds=20),
        "version": 7,
        "table_as_of": NOON + timedelta(seconds=18),
    }
    return StatsSnapshot(**fields | changes)
