"""The dashboard's charts with their words: a sentence, labelled axes and a table each.

Turns readings into what a template draws; the shapes are :mod:`landing.admin.dashboard.geometry`'s.
Runs no query.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format, number_format

from ...analytics.history import Point, Series
from ...dates import day_start, site_day
from . import geometry
from .queries import Comparison

#: In place of a number that is not known.
UNKNOWN = "–"
NOT_SAMPLED = "not sampled"
CLOCK, DAY_AND_CLOCK, DATE_AND_CLOCK, DATE = "H:i", "D H:i", "j M, H:i", "j M"
#: Fewer points are not worth a picture.
DRAWN_FROM = 2
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
    title: str
    sentence: str
    source: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    line: str = ""
    area: str = ""
    #: a second line, which steps back
    quiet: str = ""
    #: the newest point of the line
    end: str = ""
    bars: tuple[geometry.Bar, ...] = ()
    gaps: tuple[geometry.Span, ...] = ()
    #: index of the bar of the hour that is not over
    unfinished: int | None = None
    is_empty: bool = False


class View(NamedTuple):
    """How a series is shown; ``quiet`` is the column of the second line, if there is one."""

    name: str
    title: str
    columns: tuple[str, ...]
    quiet: str
    clock: str


LAST_HOUR = View("hour", "The last hour", ("people", "active", "connections"), "", CLOCK)
LAST_DAY = View("day", "The last 24 hours", ("people", "peak", "active"), "active", DAY_AND_CLOCK)
LAST_MONTH = View("month", "The last 30 days", ("people", "peak", "active"), "peak", DATE_AND_CLOCK)
TODAY = "Page views by the hour"


def over_time(view: View, series: Series, read_at: datetime) -> Picture:
    """People as a line with its area, minutes that nobody sampled as gaps."""
    points = _without_unfinished(series.points)
    xs = geometry.edges(len(points))
    people = [point.people for point in points]
    seconds = [_value(point, view.quiet) for point in points] if view.quiet else []
    scale = geometry.scale(people, seconds)
    return Picture(
        name=view.name,
        title=view.title,
        sentence=_sentence(view, points),
        source=_sampled(series.step_minutes, read_at),
        columns=view.columns,
        rows=tuple(_row(view, point, x, scale) for point, x in zip(points, xs, strict=True)),
        y_ticks=_y_ticks(scale),
        x_ticks=tuple(_x_ticks(series.hours, points)),
        line=geometry.line(xs, people, scale),
        area=geometry.area(xs, people, scale),
        quiet=geometry.line(xs, seconds, scale),
        end=geometry.line(xs[-1:], people[-1:], scale),
        gaps=tuple(geometry.gaps(xs, people)),
        is_empty=sum(value is not None for value in people) < DRAWN_FROM,
    )


def today(comparison: Comparison, read_at: datetime) -> Picture:
    """Page views by the hour: today's as bars, yesterday's as a line."""
    now, before = comparison.today_by_hour, comparison.yesterday_by_hour
    scale, xs = geometry.scale(now, before), geometry.centres(len(now))
    rows = tuple(
        Row(_hour(hour), (number(new), number(old)), xs[hour], scale.y(old if new is None else new))
        for hour, (new, old) in enumerate(zip(now, before, strict=True))
    )
    begun = [hour for hour, count in enumerate(now) if count is not None]
    return Picture(
        name="today",
        title=TODAY,
        sentence=(
            f"{TODAY}: {number(sum(count or 0 for count in now))} today so far, "
            f"{number(sum(before))} on the whole of yesterday."
        ),
        source=f"counted until {date_format(local(read_at), CLOCK)}",
        columns=("today", "yesterday"),
        rows=rows,
        y_ticks=_y_ticks(scale),
        x_ticks=tuple(
            Tick(round(100 * hour / 24, 2), f"{hour:02}:00", hour % 8 == 4)
            for hour in range(4, 24, 4)
        ),
        quiet=geometry.line(xs, before, scale) if any(before) else "",
        bars=tuple(geometry.bars(now, scale)),
        unfinished=begun[-1] if begun else None,
        is_empty=not any((*before, *now)),
    )


def number(value: float | None) -> str:
    """With the language's separators; a dash for one that is not known, which is never 0."""
    return UNKNOWN if value is None else str(number_format(value, force_grouping=True))


def local(at: datetime) -> datetime:
    """By the site's clock."""
    return timezone.localtime(at, timezone.get_default_timezone())


def _without_unfinished(points: Sequence[Point]) -> Sequence[Point]:
    """The last step has just begun: that it has no sample yet is no gap."""
    return points[:-1] if points and points[-1].people is None else points


def _sampled(step_minutes: int, read_at: datetime) -> str:
    until = f"until {date_format(local(read_at), CLOCK)}"
    if step_minutes == 1:
        return f"sampled every minute {until}"
    hours = step_minutes // 60
    step = f"{step_minutes} minutes" if step_minutes % 60 else f"{hours} hours"
    return f"sampled every minute {until}, a point per {step}"


def _row(view: View, point: Point, x: float, scale: geometry.Scale) -> Row:
    label = date_format(local(point.at), view.clock)
    if point.people is None:
        return Row(label, (NOT_SAMPLED,), x, None)
    cells = tuple(number(_value(point, column)) for column in view.columns)
    return Row(label, cells, x, scale.y(point.people))


def _value(point: Point, column: str) -> int | None:
    values = {
        "people": point.people,
        "peak": point.peak_people,
        "active": point.active,
        "connections": point.connections,
    }
    return values[column]


def _sentence(view: View, points: Sequence[Point]) -> str:
    known = [point for point in points if point.people is not None]
    if not known:
        return f"{view.title}: nobody has counted yet."
    peak, last = max(known, key=lambda point: point.peak_people or 0), known[-1]
    missing = len(points) - len(known)
    gaps = f" {missing} of {len(points)} points were not sampled." if missing else ""
    return (
        f"{view.title}: between {number(min(point.people or 0 for point in known))} and "
        f"{number(peak.peak_people)} people here, the most on {_when(peak)}; "
        f"{number(last.people)} on {_when(last)}.{gaps}"
    )


def _when(point: Point) -> str:
    return date_format(local(point.at), DATE_AND_CLOCK)


def _hour(hour: int) -> str:
    return f"{hour:02}:00–{(hour + 1) % 24:02}:00"


def _y_ticks(scale: geometry.Scale) -> tuple[Tick, ...]:
    return tuple(Tick(y, number(value)) for y, value in scale.ticks())


def _x_ticks(hours: int, points: Sequence[Point]) -> Iterator[Tick]:
    """Of a day every fourth hour, of a month every fifth day; both by the site's clock."""
    if hours <= 1 or len(points) < 2:
        return
    first, last = points[0].at, points[-1].at
    marks = _every_fourth_hour if hours <= 24 else _every_fifth_day
    for at, label, is_minor in marks(site_day(first), site_day(last)):
        position = round(100 * ((at - first) / (last - first)), 2)
        if MARGIN < position < 100 - MARGIN:
            yield Tick(position, label, is_minor)


def _every_fourth_hour(first: date, last: date) -> Iterator[tuple[datetime, str, bool]]:
    """Moment, label, and whether it is minor."""
    for day in _days(first, last):
        for hour in range(0, 24, 4):
            at = day_start(day).replace(hour=hour).astimezone(UTC)
            yield at, date_format(local(at), CLOCK), hour % 8 == 4


def _every_fifth_day(first: date, last: date) -> Iterator[tuple[datetime, str, bool]]:
    """As :func:`_every_fourth_hour`."""
    for day in _days(first, last):
        if day.toordinal() % 5 == 0:
            yield day_start(day).astimezone(UTC), date_format(day, DATE), day.toordinal() % 10 == 5


def _days(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)
