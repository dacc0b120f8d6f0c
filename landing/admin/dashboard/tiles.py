"""The dashboard's single figures and goals, each with a comparison.

The numbers of now and of today come from the snapshot, those of other ranges from the tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ...live.current_snapshot import Source
from ...page.formatting import UNKNOWN, number
from ...stats import StatsSnapshot
from ..site_time import CLOCK, CLOCK_SECONDS, DATE_AND_CLOCK, format_time, zone_name
from .comparison import NO_CHANGE, Change, compare, compare_seconds, compare_shares
from .filters import Filter
from .queries import WHOLE_SITE, DashboardData
from .ranges import Range


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure. ``change`` compares it with the time before."""

    name: str
    title: str
    value: str
    hint: str = ""
    change: Change = NO_CHANGE


class Conversion(NamedTuple):
    """Activities compared with visitors: in percent, and in words."""

    rate: str
    words: str = ""


#: Without visitors to compare with.
NO_CONVERSION = Conversion(UNKNOWN)


class GoalRow(NamedTuple):
    """The activities of one kind. A kind that is not a goal has no conversion."""

    name: str
    now: str
    before: str
    conversion: Conversion
    conversion_before: Conversion


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


def describe_age(
    shown: Range,
    snapshot: StatsSnapshot,
    data: DashboardData | None,
    only: Filter = WHOLE_SITE,
) -> str:
    """Return the time of all tiles, with the time zone."""
    counted_at, format = (data.at if data else None), CLOCK
    if snapshot.table_as_of and _uses_snapshot(shown, data, only):
        counted_at, format = snapshot.table_as_of, CLOCK_SECONDS
    if counted_at is None:
        return "Not counted yet"
    return f"Counted at {format_time(counted_at, format)} ({zone_name()})"


def build_tiles(
    shown: Range,
    snapshot: StatsSnapshot,
    data: DashboardData | None,
    only: Filter = WHOLE_SITE,
) -> list[Tile]:
    """Return the tiles of the range. Without ``data``, only those of the site today are known."""
    today, uses_snapshot = snapshot.today, _uses_snapshot(shown, data, only)
    if data is None:
        values = (today.visitors, today.page_views, today.peak_people)
        if not uses_snapshot:
            values = (None, None, None)
        names = (("visitors", "Visitors"), ("page_views", "Page views"), ("peak", "Peak"))
        tiles = [Tile(*name, number(value)) for name, value in zip(names, values, strict=True)]
        return tiles[:2] if only else tiles
    visitors, page_views = data.figures.visitors, data.figures.page_views
    if uses_snapshot:
        # The snapshot is newer, and the same on all pages.
        visitors, page_views = (
            visitors if today.visitors is None else today.visitors,
            page_views if today.page_views is None else today.page_views,
        )
    before = data.figures_before
    tiles = [
        _compare(("visitors", "Visitors"), visitors, before.visitors, data),
        _compare(("page_views", "Page views"), page_views, before.page_views, data),
    ]
    # Presence counts the whole site only.
    peak = [] if data.only else [_build_peak(snapshot, data)]
    return [*tiles, *peak, _build_signed_in(data), *_build_stay(data)]


def _uses_snapshot(shown: Range, data: DashboardData | None, only: Filter) -> bool:
    if only:
        return False
    return data.shown.is_of_today(data.at) if data else shown.name == "today"


def percent(part: int | None, whole: int | None) -> int | None:
    """Return the rounded percentage, or None if it is unknown."""
    return None if part is None or not whole else round(100 * part / whole)


def _compare(name: tuple[str, str], value: int, before: int, data: DashboardData) -> Tile:
    hint = f"{number(before)} {data.shown.describe_before(data.at)}"
    return Tile(*name, number(value), hint, compare(value, before))


def _build_peak(snapshot: StatsSnapshot, data: DashboardData) -> Tile:
    """Return the most people at once, with its time and that of the peak before."""
    peak, before = data.figures.peak, data.figures_before.peak
    people, at = peak or (None, None)
    known = snapshot.today.peak_people if data.shown.includes_today(data.at) else None
    if known is not None and known > (people or 0):
        # The samples do not include it yet.
        people, at = known, snapshot.table_as_of
    parts = [_format_peak_time(at)] if at else []
    if before:
        parts.append(f"{number(before.people)} on {_format_peak_time(before.at)}")
    hint = "; ".join(parts) or "people at once"
    return Tile("peak", "Peak", number(people), hint, compare(people, before and before.people))


def _build_stay(data: DashboardData) -> list[Tile]:
    """Return the median stay; none with a filter."""
    stays, before = data.figures.stays, data.figures_before.stays
    if stays is None:
        return []
    seconds, seconds_before = stays.median_seconds, before and before.median_seconds
    hint = f"of {number(stays.total)} visits that ended"
    if seconds_before is not None:
        hint += f"; {format_seconds(seconds_before)} {data.shown.describe_before(data.at)}"
    change = compare_seconds(seconds, seconds_before)
    return [Tile("stay", "Median stay", format_seconds(seconds), hint, change)]


def format_seconds(seconds: float | None) -> str:
    """Return a duration with two units at most, such as ``3 min 20 s``."""
    if seconds is None:
        return UNKNOWN
    if seconds < 1:
        return "< 1 s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes else f"{rest} s"
    return f"{number(minutes // 60)} h {minutes % 60} min"


def _format_peak_time(at: datetime) -> str:
    return format_time(at, DATE_AND_CLOCK)


def _build_signed_in(data: DashboardData) -> Tile:
    share, before = data.figures.signed_in_share, data.figures_before.signed_in_share
    hint = "of the visitors"
    if before is not None:
        hint += f"; {_format_share(before)} {data.shown.describe_before(data.at)}"
    change = compare_shares(share, before)
    return Tile("signed_in", "Signed in", _format_share(share), hint, change)


def _format_share(share: float | None) -> str:
    return UNKNOWN if share is None else f"{round(100 * share)} %"


def build_goals(data: DashboardData) -> list[GoalRow]:
    """Return the activities of each kind, with their conversion."""
    visitors, before = data.figures.visitors, data.figures_before.visitors
    return [
        GoalRow(
            kind.name,
            number(kind.now),
            number(kind.before),
            convert(kind.now, visitors) if kind.is_goal else NO_CONVERSION,
            convert(kind.before, before) if kind.is_goal else NO_CONVERSION,
        )
        for kind in data.goals
    ]


def convert(activities: int, visitors: int) -> Conversion:
    """Return the activities per visitor, as a percentage if there are fewer than visitors."""
    if not visitors:
        return NO_CONVERSION
    if activities >= visitors:
        return Conversion(f"{activities / visitors:,.1f} each", "per visitor")
    share = 100 * activities / visitors
    digits = 0 if share >= 10 or not activities else 1 if share >= 1 else 2
    words = f"1 of {number(round(visitors / activities))} visitors" if activities else ""
    return Conversion(f"{share:.{digits}f} %", words)
