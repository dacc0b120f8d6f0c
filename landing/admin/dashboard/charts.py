"""The dashboard's charts, each with a summary sentence, labeled axes, and a table.

Runs no query. :mod:`landing.admin.dashboard.plot.geometry` computes the shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple

from ...analytics.history import Point, Series
from ...page.formatting import UNKNOWN, number
from ..site_time import CLOCK, DATE, DATE_AND_CLOCK, format_time
from .plot import axes, geometry
from .queries import DashboardData
from .ranges import Range

NOT_SAMPLED = "not sampled"
#: A chart with fewer points is replaced by a note.
MIN_POINTS = 2


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One point: the cells of its table row and its position; ``y`` is None in a gap."""

    label: str
    cells: tuple[str, ...]
    x: float
    y: float | None


class Mark(NamedTuple):
    """The numbers of one or more notes at ``position``, in percent from the left."""

    position: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The template's input for one chart. Path data is in percent."""

    name: str
    title: str
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[ChartRow, ...]
    y_ticks: tuple[axes.Tick, ...]
    x_ticks: tuple[axes.Tick, ...]
    line: str = ""
    area: str = ""
    #: A second line in a subdued color.
    quiet: str = ""
    #: A dot at the newest point of the line.
    end: str = ""
    bars: tuple[geometry.Bar, ...] = ()
    gaps: tuple[geometry.Span, ...] = ()
    #: Index of the bar of the current hour or day.
    unfinished: int | None = None
    #: The notes of the range, see :mod:`.notes`.
    marks: tuple[Mark, ...] = ()
    is_empty: bool = False


class SampleChart(NamedTuple):
    """How to show one column of the samples, with the other columns of its table."""

    name: str
    title: str
    column: str
    columns: tuple[str, ...]
    unit: str
    time_format: str = DATE_AND_CLOCK


PEOPLE = SampleChart("people", "People here", "people", ("people", "peak"), "people")
ACTIVE = SampleChart("active", "Active visitors", "active", ("active",), "active visitors")
LAST_HOUR = SampleChart(
    "hour", "Last hour", "people", ("people", "active", "connections"), "people", CLOCK
)
BEFORE = "before"


def build_hour_chart(series: Series) -> Chart:
    """Return the people of the last hour; minutes without a sample are gaps."""
    points = _drop_unfinished(series.points)
    xs = geometry.spread_points(len(points))
    values = [point.people for point in points]
    scale = geometry.fit_scale(values)
    return Chart(
        name=LAST_HOUR.name,
        title=LAST_HOUR.title,
        sentence=_summarize(LAST_HOUR, points, values),
        columns=LAST_HOUR.columns,
        rows=tuple(
            _build_row(LAST_HOUR, point, x, scale, point.people)
            for point, x in zip(points, xs, strict=True)
        ),
        y_ticks=axes.y_ticks(scale),
        x_ticks=(),
        line=geometry.draw_line(xs, values, scale),
        area=geometry.draw_area(xs, values, scale),
        end=geometry.draw_line(xs[-1:], values[-1:], scale),
        gaps=tuple(geometry.find_gaps(xs, values)),
        is_empty=_is_empty(values),
    )


def build_sample_chart(style: SampleChart, data: DashboardData) -> Chart:
    """Return one column of the range as a line, above a line of the range before.

    Steps without a sample are gaps, but not those in the future.
    """
    points = _drop_unfinished([each for each in data.samples.points if each.at <= data.at])
    slots = max(len(data.samples.points), len(data.samples_before.points))
    xs = geometry.spread_points(slots)
    values = [_value(point, style.column) for point in points]
    earlier = [_value(point, style.column) for point in data.samples_before.points]
    scale = geometry.fit_scale(values, earlier)
    return Chart(
        name=style.name,
        title=style.title,
        sentence=_summarize(style, points, values),
        columns=(*style.columns, BEFORE),
        rows=tuple(
            _build_row(style, point, x, scale, value, before)
            for point, x, value, before in _align(points, xs, values, earlier)
        ),
        y_ticks=axes.y_ticks(scale),
        x_ticks=tuple(axes.time_ticks(data.samples.hours, data.samples.points)),
        line=geometry.draw_line(xs, values, scale),
        area=geometry.draw_area(xs, values, scale),
        quiet=geometry.draw_line(xs, earlier, scale),
        end=geometry.draw_line(xs[len(points) - 1 : len(points)], values[-1:], scale),
        gaps=tuple(geometry.find_gaps(xs, values)),
        is_empty=_is_empty(values) and _is_empty(earlier),
    )


def build_page_view_chart(data: DashboardData) -> Chart:
    """Return the page views as bars, and those of the range before as a line."""
    shown, now, before = data.shown, data.page_views, data.page_views_before
    title = "Page views by hour" if shown.days == 1 else "Page views by day"
    scale, xs = geometry.fit_scale(now, before), geometry.center_points(len(now))
    rows = tuple(
        ChartRow(label, (number(new), number(old)), x, scale.y(old if new is None else new))
        for label, new, old, x in zip(_name_slots(shown), now, before, xs, strict=True)
    )
    started = [index for index, count in enumerate(now) if count is not None]
    is_unfinished = shown.includes_today(data.at) and started
    return Chart(
        name="views",
        title=title,
        sentence=(
            f"{title}: {number(sum(count or 0 for count in now))}, "
            f"after {number(sum(before))} in all of the time before."
        ),
        columns=("page views", BEFORE),
        rows=rows,
        y_ticks=axes.y_ticks(scale),
        x_ticks=tuple(axes.hour_ticks() if shown.days == 1 else axes.day_ticks(shown)),
        quiet=geometry.draw_line(xs, before, scale) if any(before) else "",
        bars=tuple(geometry.draw_bars(now, scale)),
        unfinished=started[-1] if is_unfinished else None,
        is_empty=not any((*before, *now)),
    )


def _name_slots(shown: Range) -> list[str]:
    if shown.days == 1:
        return [f"{hour:02}:00–{(hour + 1) % 24:02}:00" for hour in range(24)]
    days = (shown.first + timedelta(days=index) for index in range(shown.days))
    return [axes.format_day(day, DATE) for day in days]


def _drop_unfinished(points: Sequence[Point]) -> Sequence[Point]:
    """Return the points without the last one if its step has no sample yet: it is not a gap."""
    return points[:-1] if points and points[-1].people is None else points


def _is_empty(values: Sequence[int | None]) -> bool:
    return sum(value is not None for value in values) < MIN_POINTS


def _align(
    points: Sequence[Point],
    xs: Sequence[float],
    values: Sequence[int | None],
    earlier: Sequence[int | None],
) -> list[tuple[Point, float, int | None, int | None]]:
    """Return each point with its position, its value, and the value in the same step before."""
    known = zip_longest(points, values, earlier[: len(points)])
    return [(point, x, value, old) for (point, value, old), x in zip(known, xs, strict=False)]


def _build_row(
    style: SampleChart,
    point: Point,
    x: float,
    scale: geometry.Scale,
    value: int | None,
    *before: int | None,
) -> ChartRow:
    label = format_time(point.at, style.time_format)
    earlier = tuple(number(count) for count in before)
    if point.people is None:
        if not any(count is not None for count in before):
            return ChartRow(label, (NOT_SAMPLED,), x, None)
        return ChartRow(label, (*(UNKNOWN for _ in style.columns), *earlier), x, None)
    cells = tuple(number(_value(point, column)) for column in style.columns)
    return ChartRow(label, (*cells, *earlier), x, None if value is None else scale.y(value))


def _value(point: Point, column: str) -> int | None:
    values = {
        "people": point.people,
        "peak": point.peak_people,
        "active": point.active,
        "connections": point.connections,
    }
    return values[column]


def _summarize(style: SampleChart, points: Sequence[Point], values: Sequence[int | None]) -> str:
    """Return the chart as one sentence, for people who cannot see it."""
    known = [
        (value, point.at) for value, point in zip(values, points, strict=True) if value is not None
    ]
    if not known:
        return f"{style.title}: no samples yet."
    most, last = max(known, key=lambda each: each[0]), known[-1]
    missing = len(points) - len(known)
    gaps = f" {missing} of {len(points)} points were not sampled." if missing else ""
    return (
        f"{style.title}: {number(min(known)[0])} to {number(most[0])} {style.unit}, with the most "
        f"at {_format_at(most[1])}, and {number(last[0])} at {_format_at(last[1])}.{gaps}"
    )


def _format_at(at: datetime) -> str:
    return format_time(at, DATE_AND_CLOCK)
