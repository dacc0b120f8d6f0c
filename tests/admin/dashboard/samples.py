"""Data and snapshots for tests of charts, tiles, and views."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from landing.admin.dashboard.queries import Comparison, DashboardData
from landing.analytics.history import Peaks, Point, Series
from landing.live.current_snapshot import Source
from landing.stats import Online, StatsSnapshot, Today

NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)


def series(people: Sequence[int | None], hours: int = 1, step_minutes: int = 1) -> Series:
    """Return points up to noon.

    Per person, there are two active visitors and three connections. The peak is one higher.
    """
    first = NOON - timedelta(minutes=step_minutes * (len(people) - 1))
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
    return Series(hours, step_minutes, points)


def comparison(**changes: Any) -> Comparison:
    fields: dict[str, Any] = {
        "today_by_hour": (10,) * 12 + (2,) + (None,) * 11,
        "yesterday_by_hour": (5,) * 24,
        "page_views_before": 100,
        "visitors_before": 50,
        "signed_in_share": 0.254,
        "has_demo": False,
    }
    return Comparison(**fields | changes)


def dashboard_data(**changes: Any) -> DashboardData:
    fields: dict[str, Any] = {
        "at": NOON,
        "last_hour": series([1, 2, 3]),
        "last_day": series([1, 2, 3], 24, 5),
        "last_month": series([1, 2, 3], 720, 180),
        "peaks": Peaks(60, 80, 112),
        "comparison": comparison(),
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
