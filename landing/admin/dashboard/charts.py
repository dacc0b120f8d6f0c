"""The dashboard's charts, each with a summary sentence, labeled axes, and a table.

Runs no query. :mod:`landing.admin.dashboard.geometry` computes the shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ...analytics.history import Point, Series
from ...page.formatting import number
from . import axes, geometry
from .queries import Comparison
from .site_time import CLOCK, DATE_AND_CLOCK, DAY_AND_CLOCK, format_time

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


@dataclass(frozen=True, slots=True)
class Chart:
    """The template's input for one chart. Path data is in percent."""

    name: str
    title: str
    sentence: str
    source: str
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
    #: Index of the bar of the current hour.
    unfinished: int | None = None
    is_empty: bool = False


class HistoryChart(NamedTuple):
    """How to show a time series. ``quiet`` is the column of the second line, or empty."""

    name: str
    title: str
    columns: tuple[str, ...]
    quiet: str
    time_format: str


LAST_HOUR = HistoryChart("hour", "Last hour", ("people", "active", "connections"), "", CLOCK)
LAST_DAY = HistoryChart(
    "day", "Last 24 hours", ("people", "peak", "active"), "active", DAY_AND_CLOCK
)
LAST_MONTH = HistoryChart(
    "month", "Last 30 days", ("people", "peak", "active"), "peak", DATE_AND_CLOCK
)
PAGE_VIEWS_BY_HOUR = "Page views by hour"


def build_history_chart(style: HistoryChart, series: Series, read_at: datetime) -> Chart:
    """Return the people as a line with its area; minutes without a sample are gaps."""
    points = _drop_unfinished(series.points)
    xs = geometry.spread_points(len(points))
    people = [point.people for point in points]
    quiet = [_value(point, style.quiet) for point in points] if style.quiet else []
    scale = geometry.fit_scale(people, quiet)
    return Chart(
        name=style.name,
        title=style.title,
        sentence=_summarize(style, points),
        source=_describe_sampling(series.step_minutes, read_at),
        columns=style.columns,
        rows=tuple(_build_row(style, point, x, scale) for point, x in zip(points, xs, strict=True)),
        y_ticks=axes.y_ticks(scale),
        x_ticks=tuple(axes.time_ticks(series.hours, points)),
        line=geometry.draw_line(xs, people, scale),
        area=geometry.draw_area(xs, people, scale),
        quiet=geometry.draw_line(xs, quiet, scale),
        end=geometry.draw_line(xs[-1:], people[-1:], scale),
        gaps=tuple(geometry.find_gaps(xs, people)),
        is_empty=sum(value is not None for value in people) < MIN_POINTS,
    )


def build_page_view_chart(comparison: Comparison, read_at: datetime) -> Chart:
    """Return the page views by hour: today's as bars, yesterday's as a line."""
    today, yesterday = comparison.today_by_hour, comparison.yesterday_by_hour
    scale, xs = geometry.fit_scale(today, yesterday), geometry.center_points(len(today))
    rows = tuple(
        ChartRow(
            _format_hour(hour),
            (number(new), number(old)),
            xs[hour],
            scale.y(old if new is None else new),
        )
        for hour, (new, old) in enumerate(zip(today, yesterday, strict=True))
    )
    started = [hour for hour, count in enumerate(today) if count is not None]
    return Chart(
        name="today",
        title=PAGE_VIEWS_BY_HOUR,
        sentence=(
            f"{PAGE_VIEWS_BY_HOUR}: {number(sum(count or 0 for count in today))} today so far, "
            f"{number(sum(yesterday))} in all of yesterday."
        ),
        source=f"counted until {format_time(read_at, CLOCK)}",
        columns=("today", "yesterday"),
        rows=rows,
        y_ticks=axes.y_ticks(scale),
        x_ticks=axes.hour_ticks(),
        quiet=geometry.draw_line(xs, yesterday, scale) if any(yesterday) else "",
        bars=tuple(geometry.draw_bars(today, scale)),
        unfinished=started[-1] if started else None,
        is_empty=not any((*yesterday, *today)),
    )


def _drop_unfinished(points: Sequence[Point]) -> Sequence[Point]:
    """Return the points without the last one if its step has no sample yet: it is not a gap."""
    return points[:-1] if points and points[-1].people is None else points


def _describe_sampling(step_minutes: int, read_at: datetime) -> str:
    until = f"until {format_time(read_at, CLOCK)}"
    if step_minutes == 1:
        return f"sampled every minute {until}"
    hours = step_minutes // 60
    step = f"{step_minutes} minutes" if step_minutes % 60 else f"{hours} hours"
    return f"sampled every minute {until}, one point per {step}"


def _build_row(style: HistoryChart, point: Point, x: float, scale: geometry.Scale) -> ChartRow:
    label = format_time(point.at, style.time_format)
    if point.people is None:
        return ChartRow(label, (NOT_SAMPLED,), x, None)
    cells = tuple(number(_value(point, column)) for column in style.columns)
    return ChartRow(label, cells, x, scale.y(point.people))


def _value(point: Point, column: str) -> int | None:
    values = {
        "people": point.people,
        "peak": point.peak_people,
        "active": point.active,
        "connections": point.connections,
    }
    return values[column]


def _summarize(style: HistoryChart, points: Sequence[Point]) -> str:
    """Return the chart as one sentence, for people who cannot see it."""
    known = [point for point in points if point.people is not None]
    if not known:
        return f"{style.title}: no samples yet."
    peak, last = max(known, key=lambda point: point.peak_people or 0), known[-1]
    missing = len(points) - len(known)
    gaps = f" {missing} of {len(points)} points were not sampled." if missing else ""
    return (
        f"{style.title}: {number(min(point.people or 0 for point in known))} to "
        f"{number(peak.peak_people)} people, with the peak at {_format_point_time(peak)}, "
        f"and {number(last.people)} at {_format_point_time(last)}.{gaps}"
    )


def _format_point_time(point: Point) -> str:
    return format_time(point.at, DATE_AND_CLOCK)


def _format_hour(hour: int) -> str:
    return f"{hour:02}:00–{(hour + 1) % 24:02}:00"
