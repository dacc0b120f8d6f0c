"""The dashboard's key figures, which the index of the admin shows first."""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import stats
from ..page.formatting import number
from .dashboard import tiles
from .site_time import zone_name


class KeyFigure(NamedTuple):
    """One figure with its name and title."""

    name: str
    title: str
    value: str


def build_context() -> dict[str, Any]:
    """Return the figures of the snapshot with their source. A process with a worker needs no query.

    The snapshot is the one that the page and the dashboard show.
    """
    snapshot = stats.snapshot()
    today = snapshot.today
    figures = (
        ("people", "People here now", snapshot.online.people),
        ("active", f"In the last {snapshot.window_minutes} minutes", snapshot.active_users_now),
        ("visitors", "Visitors today", today.visitors),
        ("page_views", "Page views today", today.page_views),
        ("peak", "Peak today", today.peak_people),
    )
    return {
        "figures": [KeyFigure(name, title, number(value)) for name, title, value in figures],
        "source": tiles.describe_source(snapshot),
        "zone": zone_name(),
    }
