"""A fixed noon, and the data that the dashboard reads then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from landing.admin.dashboard import queries, ranges
from landing.admin.dashboard.queries import DashboardData
from landing.analytics.rollups import counting

NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)
TODAY = ranges.preset("today", date(2026, 1, 31))


def read(name: str = "today", at: datetime = NOON) -> DashboardData:
    sum(counting.count_new_rows())
    return queries.read_data(ranges.preset(name, at.date()), at)


def ago(**time: float) -> datetime:
    return NOON - timedelta(**time)
