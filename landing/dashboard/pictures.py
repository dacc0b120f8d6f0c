"""The dashboard's charts with their words: a sentence, labelled axes and a table each.

Turns readings into what a template draws; the shapes are :mod:`landing.dashboard.charts`'s.
Runs no query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format, number_format

from landing.dashboard import charts
from landing.dashboard.readings import Comparison
from landing.history import Point, Series

#: In place of a number that is not known.
UNKNOWN = "–"
NOT_SAMPLED = "not sampled"
CLOCK, DAY_AND_CLOCK, DATE_AND_CLOCK, DATE = "H:i", "D H:i", "j M, H:i", "j M"
#: A label of a time closer to an edge than this, in percent, would hang over it.
MARGIN = 2.5


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at ``position`` (percent); where space is short, minor ones are left out."""

    position: float
    label: str
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One point, as text for a table and as the place for a readout; ``y`` None: a gap."""

    label: str
    cells: tuple[str, ...]
    x: float
    y: float | None


@dataclass(frozen=True, slots=True)
class Picture:
    """All that one chart needs; path data in percent."""

    name: str
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    line: str = ""
    area: str = ""
    quiet: str = ""
    bars: tuple[charts.Bar, ...] = ()
    gaps: tuple[charts.Span, ...] = ()
    #: index of the bar of the hour that is not over
    unfinished: int | None = None
    is_empty: bool = False


def last_hour(series: Series) -> Picture:
    columns = ("people", "active", "connections")
    return _over_time("hour", "in the last hour", series, columns, "", CLOCK)


def last_day(series: Series) -> Picture:
    columns = ("people", "peak", "active")
    return _over_time("day", "in the last 24 hours", series, columns, "active", DAY_AND_CLOCK)


def last_month(series: Series) -> Picture:
    columns = ("people", "peak", "active")
    return _over_time("month", "in the last 30 days", series, columns, "peak", DATE_AND_CLOCK)


def today(comparison: Comparison) -> Picture:
    """Page views by the hour: today's as bars, yesterday's as a line."""
    now, before = comparison.today_by_hour, comparison.yesterday_by_hour
    scale, xs = charts.scale(now, before), charts.centres(len(now))
    rows = tuple(
        Row(_hour(hour), (number(count), number(old)), xs[hour], scale.y(count or 0))
        for hour, (count, old) in enumerate(zip(now, before, strict=True))
    )
    begun = [hour for hour, count in enumerate(now) if count is not None]
    return Picture(
        name="today",
        sentence=(
            f"Page views by the hour: {number(sum(count or 0 for count in now))} today so far, "
            f"{number(sum(before))} on the whole of yesterday."
        ),
        columns=("today", "yesterday"),
        rows=rows,
        y_ticks=_y_ticks(scale),
        x_ticks=tuple(
            Tick(round(100 * hour / 24, 2), f"{hour:02}:00", hour % 8 == 4)
            for hour in range(4, 24, 4)
        ),
        quiet=charts.line(xs, before, scale) if any(before) else "",
        bars=tuple(charts.bars(now, scale)),
        unfinished=begun[-1] if begun else None,
        is_empty=not any(before) and not any(count or 0 for count in now),
    )


def number(value: float | None) -> str:
    """With the language's separators; a dash for one that is not known, which is never 0."""
    return UNKNOWN if value is None else str(number_format(value, force_grouping=True))


def local(at: datetime) -> datetime:
    """By the site's clock."""
    return timezone.localtime(at, timezone.get_default_timezone())


def _over_time(
    name: str, when: str, series: Series, columns: tuple[str, ...], quiet: str, clock: str
) -> Picture:
    points, xs = series.points, charts.edges(len(series.points))
    people = [point.people for point in points]
    seconds = [_value(point, quiet) for point in points] if quiet else []
    scale = charts.scale(people, seconds)
    return Picture(
        name=name,
        sentence=_sentence(when, points, clock),
        columns=columns,
        rows=tuple(
            _row(point, x, scale, columns, clock) for point, x in zip(points, xs, strict=True)
        ),
        y_ticks=_y_ticks(scale),
        x_ticks=tuple(_x_ticks(series)),
        line=charts.line(xs, people, scale),
        area=charts.area(xs, people, scale),
        quiet=charts.line(xs, seconds, scale),
        gaps=tuple(charts.gaps(xs, people)),
        is_empty=all(value is None for value in people),
    )


def _row(point: Point, x: float, scale: charts.Scale, columns: tuple[str, ...], clock: str) -> Row:
    label = date_format(local(point.at), clock)
    if point.people is None:
        return Row(label, (NOT_SAMPLED,), x, None)
    cells = tuple(number(_value(point, column)) for column in columns)
    return Row(label, cells, x, scale.y(point.people))


def _value(point: Point, column: str) -> int | None:
    values = {
        "people": point.people,
        "peak": point.peak_people,
        "active": point.active,
        "connections": point.connections,
    }
    return values[column]


def _sentence(when: str, points: Sequence[Point], clock: str) -> str:
    known = [point for point in points if point.people is not None]
    if not known:
        return f"People here {when}: nobody has counted yet."
    peak = max(known, key=lambda point: point.peak_people or 0)
    least = min(point.people or 0 for point in known)
    missing = len(points) - len(known)
    return (
        f"People here {when}: at least {number(least)}, at most {number(peak.peak_people)} "
        f"({_clock(peak, clock)}), lately {number(known[-1].people)} ({_clock(known[-1], clock)})."
        + (f" {number(missing)} of {number(len(points))} points were not sampled." * bool(missing))
    )


def _clock(point: Point, clock: str) -> str:
    return date_format(local(point.at), clock)


def _hour(hour: int) -> str:
    return f"{hour:02}:00–{(hour + 1) % 24:02}:00"


def _y_ticks(scale: charts.Scale) -> tuple[Tick, ...]:
    return tuple(Tick(y, number(value)) for y, value in scale.ticks())


def _x_ticks(series: Series) -> Iterator[Tick]:
    """Every fourth hour of a day, every fifth day of a month; both by the site's clock."""
    if len(series.points) < 2 or series.hours <= 1:
        return
    first, last = series.points[0].at, series.points[-1].at
    hour = first.replace(minute=0, second=0, microsecond=0)
    while (hour := hour + timedelta(minutes=30)) <= last:
        position = round(100 * ((hour - first) / (last - first)), 2)
        label = _label(local(hour), series.hours)
        if label is not None and MARGIN < position < 100 - MARGIN:
            yield Tick(position, *label)


def _label(at: datetime, hours: int) -> tuple[str, bool] | None:
    """Text, and whether it is minor; None: no label there."""
    if hours <= 24:
        on_tick = at.minute == 0 and at.hour % 4 == 0
        return (date_format(at, CLOCK), at.hour % 8 == 4) if on_tick else None
    on_tick = (at.hour, at.minute) == (0, 0) and at.toordinal() % 5 == 0
    return (date_format(at, DATE), at.toordinal() % 10 == 5) if on_tick else None
