"""The figures of a filter, counted again from all analytics rows that the rollups have counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from landing.admin.dashboard.filters import Filter
from landing.admin.dashboard.lists.entries import TOP
from landing.admin.dashboard.queries import DashboardData
from landing.admin.dashboard.ranges import Range
from landing.dates import site_day
from landing.models import Analytics
from landing.tables.rollups import Dimension, RollupState

Figures = dict[str, Any]


def shown_figures(data: DashboardData) -> Figures:
    """Return the figures of the dashboard."""
    now, before = data.figures, data.figures_before
    return {
        "page views": (now.page_views, before.page_views),
        "visitors": (now.visitors, before.visitors),
        "signed in": (now.signed_in, before.signed_in),
        "chart": [views or 0 for views in data.page_views],
        "chart before": list(data.page_views_before),
        "path": _entries(data.pages),
        "referrer_host": _entries(data.referrers[:TOP]),
        **{column: _entries(entries) for column, entries in data.dimensions.items()},
    }


def recount(shown: Range, at: datetime, only: Filter) -> Figures:
    """Count the same figures row by row."""
    last_id = RollupState.objects.get().last_id
    rows = list(Analytics.objects.page_views().filter(pk__lte=last_id, **only.conditions))
    now, before = (
        [row for row in rows if each.first <= site_day(row.created_at) <= each.last]
        for each in (shown, shown.before)
    )
    compared = [row for row in before if row.created_at < shown.end_before(at)]
    return {
        "page views": (len(now), len(compared)),
        "visitors": (_count_visitors(now), _count_visitors(compared)),
        "signed in": tuple(
            _count_visitors(row for row in each if row.user_id is not None)
            for each in (now, compared)
        ),
        "chart": _chart(shown, now),
        "chart before": _chart(shown.before, before),
        **{column: _list(column, now, before) for column in ("path", "referrer_host", *Dimension)},
    }


def _entries(entries: Iterable[Any]) -> list[tuple[str, int, int]]:
    return [(entry.name, entry.page_views, entry.before) for entry in entries]


def _count_visitors(rows: Iterable[Analytics]) -> int:
    return len({bytes(row.visitor_id) for row in rows})


def _chart(shown: Range, rows: Iterable[Analytics]) -> list[int]:
    times = [timezone.localtime(row.created_at, timezone.get_default_timezone()) for row in rows]
    if shown.days == 1:
        hours = Counter(time.hour for time in times)
        return [hours[hour] for hour in range(24)]
    days = Counter((time.date() - shown.first).days for time in times)
    return [days[day] for day in range(shown.days)]


def _list(column: str, now: list[Analytics], before: list[Analytics]) -> list[Any]:
    views, earlier = (Counter(getattr(row, column) for row in rows) for rows in (now, before))
    found = sorted(views.items(), key=lambda entry: (-entry[1], entry[0]))
    listed = [entry for entry in found if entry[0] or column not in {*Dimension}]
    return [(name, count, earlier[name]) for name, count in listed[:TOP]]
