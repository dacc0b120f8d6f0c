"""The dashboard's single figures, each with its source, its time, and a comparison.

The numbers come from the snapshot. This module adds only shares, changes, and peaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...live.current_snapshot import Source
from ...page.formatting import UNKNOWN, number
from ...stats import StatsSnapshot
from .queries import DashboardData
from .site_time import CLOCK, CLOCK_SECONDS, format_time, same_time_yesterday


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure. ``change`` compares it with yesterday and is empty if unknown."""

    name: str
    title: str
    value: str
    hint: str
    source: str
    change: str = ""
    direction: str = ""


def format_counts(snapshot: StatsSnapshot) -> dict[str, str]:
    """Return the current counts under their names in a ``connection-count`` frame."""
    online = snapshot.online
    share = percent(online.signed_in, online.people)
    return {
        "people": number(online.people),
        "count": number(online.connections),
        "signed_in": number(online.signed_in),
        "anonymous": number(online.anonymous),
        "active": number(snapshot.active_users_now),
        "signed_in_percent": "" if share is None else f"{share} %",
    }


def describe_source(snapshot: StatsSnapshot) -> str:
    """Return the source and the time of the current counts."""
    if snapshot.source is Source.SIMULATED:
        return "simulated: demo data"
    if snapshot.source is Source.UNKNOWN or snapshot.as_of is None:
        return "not known yet"
    source = "live, at" if snapshot.source is Source.LIVE else "stale, counted at"
    return f"{source} {format_time(snapshot.as_of, CLOCK_SECONDS)}"


def build_tiles(snapshot: StatsSnapshot, data: DashboardData | None) -> list[Tile]:
    """Return the tiles of the day, and those of the tables if ``data`` is available."""
    table_as_of = snapshot.table_as_of
    counted = _until("counted today", table_as_of, CLOCK_SECONDS)
    peak = number(snapshot.today.peak_people)
    tiles = [
        _compare("visitors", "Visitors today", snapshot.today.visitors, counted, data),
        _compare("page_views", "Page views today", snapshot.today.page_views, counted, data),
        _peak("peak", "Peak today", peak, _until("sampled today", table_as_of, CLOCK_SECONDS)),
    ]
    return tiles + (_build_table_tiles(snapshot, data) if data else [])


def percent(part: int | None, whole: int | None) -> int | None:
    """Return the rounded percentage, or None if it is unknown."""
    return None if part is None or not whole else round(100 * part / whole)


def _build_table_tiles(snapshot: StatsSnapshot, data: DashboardData) -> list[Tile]:
    share = data.comparison.signed_in_share
    sampled = _until("sampled", data.at, CLOCK)
    week = _highest(data.peaks.last_7_days, snapshot)
    month = _highest(data.peaks.last_30_days, snapshot, week)
    return [
        _peak("peak_7", "Peak in 7 days", number(week), sampled),
        _peak("peak_30", "Peak in 30 days", number(month), sampled),
        Tile(
            "signed_in",
            "Signed in",
            UNKNOWN if share is None else f"{round(100 * share)} %",
            "of today's visitors",
            _until("counted today", data.at, CLOCK),
        ),
    ]


def _peak(name: str, title: str, value: str, source: str) -> Tile:
    return Tile(name, title, value, "people at once", source)


def _compare(
    name: str, title: str, value: int | None, counted: str, data: DashboardData | None
) -> Tile:
    if data is None:
        return Tile(name, title, number(value), "", counted)
    comparison = data.comparison
    before = comparison.visitors_before if name == "visitors" else comparison.page_views_before
    clock = format_time(same_time_yesterday(data.at), CLOCK)
    return Tile(
        name,
        title,
        number(value),
        f"{number(before)} by {clock} yesterday",
        counted,
        *_change(value, before),
    )


def _change(value: int | None, before: int) -> tuple[str, str]:
    """Return the change in percent and its direction: up, down, or level."""
    if value is None or not before:
        return "", ""
    change = round(100 * (value - before) / before)
    direction = "up" if change > 0 else "down" if change < 0 else "level"
    return f"{change:+} %".replace("-", "−") if change else "±0 %", direction


def _highest(sampled: int | None, snapshot: StatsSnapshot, least: int | None = None) -> int | None:
    """Return the peak raised to today's, which the samples may not include yet."""
    known = [value for value in (sampled, snapshot.today.peak_people, least) if value is not None]
    return max(known, default=None)


def _until(action: str, at: datetime | None, format: str) -> str:
    return f"{action} until {format_time(at, format)}" if at else "not counted yet"
