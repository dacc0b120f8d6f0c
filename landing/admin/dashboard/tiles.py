"""The dashboard's single numbers with their words: age, source, and what they compare with.

Takes the one snapshot as it is; the only numbers it adds are shares, changes and peaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format

from ...live.frames import Source
from ...stats import StatsSnapshot
from .charts import CLOCK, local, number
from .queries import Readings, same_time_yesterday

SECONDS = "H:i:s"


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of the day; ``change`` is against yesterday, empty if not known."""

    name: str
    title: str
    value: str
    hint: str
    source: str
    change: str = ""
    direction: str = ""


def figures(live: StatsSnapshot) -> dict[str, str]:
    """The numbers of now, named as in a ``connection-count`` frame."""
    online = live.online
    share = percent(online.signed_in, online.people)
    return {
        "people": number(online.people),
        "count": number(online.connections),
        "signed_in": number(online.signed_in),
        "anonymous": number(online.anonymous),
        "active": number(live.active_users_now),
        "signed_in_percent": "" if share is None else f"{share} %",
    }


def source(live: StatsSnapshot) -> str:
    """Where the numbers of now come from, and of when they are."""
    if live.source is Source.SIMULATED:
        return "simulated: demo data"
    if live.as_of is None:
        return "not known yet"
    word = "live, at" if live.source is Source.LIVE else "stale, as of"
    return f"{word} {date_format(local(live.as_of), SECONDS)}"


def of_today(live: StatsSnapshot, read: Readings | None) -> list[Tile]:
    """The snapshot's figures of the day, and what the tables add to them."""
    counted = _until("counted today", live.table_as_of, SECONDS)
    peak = _until("sampled today", live.table_as_of, SECONDS)
    tiles = [
        _compared("visitors", "Visitors today", live.today.visitors, counted, read),
        _compared("page_views", "Page views today", live.today.page_views, counted, read),
        Tile("peak", "Peak today", number(live.today.peak_people), "people at one time", peak),
    ]
    return tiles + (_of_readings(live, read) if read else [])


def percent(part: int | None, whole: int | None) -> int | None:
    """Rounded; None where there is no whole."""
    return None if part is None or not whole else round(100 * part / whole)


def _of_readings(live: StatsSnapshot, read: Readings) -> list[Tile]:
    share = read.comparison.signed_in_share
    sampled = _until("sampled", read.at, CLOCK)
    week = _highest(read.peaks.last_7_days, live)
    month = _highest(read.peaks.last_30_days, live, week)
    return [
        Tile("peak_7", "Peak of 7 days", number(week), "people at one time", sampled),
        Tile("peak_30", "Peak of 30 days", number(month), "people at one time", sampled),
        Tile(
            "signed_in",
            "Signed in",
            number(None) if share is None else f"{round(100 * share)} %",
            "of today's visitors",
            _until("counted today", read.at, CLOCK),
        ),
    ]


def _compared(
    name: str, title: str, value: int | None, counted: str, read: Readings | None
) -> Tile:
    if read is None:
        return Tile(name, title, number(value), "", counted)
    comparison = read.comparison
    before = comparison.visitors_before if name == "visitors" else comparison.page_views_before
    clock = date_format(same_time_yesterday(read.at), CLOCK)
    return Tile(
        name,
        title,
        number(value),
        f"{number(before)} yesterday until {clock}",
        counted,
        *_change(value, before),
    )


def _change(value: int | None, before: int) -> tuple[str, str]:
    if value is None or not before:
        return "", ""
    by = round(100 * (value - before) / before)
    direction = "up" if by > 0 else "down" if by < 0 else "level"
    return f"{by:+} %".replace("-", "−") if by else "±0 %", direction


def _highest(sampled: int | None, live: StatsSnapshot, least: int | None = None) -> int | None:
    """Never below the newest peak, which the tables may not have yet."""
    known = [value for value in (sampled, live.today.peak_people, least) if value is not None]
    return max(known, default=None)


def _until(what: str, at: datetime | None, clock: str) -> str:
    return f"{what} until {date_format(local(at), clock)}" if at else "not counted yet"
