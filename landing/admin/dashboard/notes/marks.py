"""The numbered marks of notes on a chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time
from math import inf

from ....tables.notes import ChartNote
from ...site_time import local
from ..charts import Chart, Mark
from ..queries import DashboardData

#: Notes closer to each other, in percent of the plot, share a mark.
MIN_DISTANCE = 6


def mark_samples(chart: Chart, notes: Sequence[ChartNote], data: DashboardData) -> Chart:
    """Return a chart of samples with the marks of these notes."""
    points = data.samples.points
    if len(points) < 2:
        return chart
    first, last = points[0].at, points[-1].at
    return _mark(chart, ((note.at - first) / (last - first) for note in notes))


def mark_page_views(chart: Chart, notes: Sequence[ChartNote], data: DashboardData) -> Chart:
    """Return the chart of page views with the marks of these notes, by the site's clock."""
    start = datetime.combine(data.shown.first, time.min)
    seconds = data.shown.days * 24 * 60 * 60
    clocks = (local(note.at).replace(tzinfo=None) for note in notes)
    return _mark(chart, ((clock - start).total_seconds() / seconds for clock in clocks))


def _mark(chart: Chart, shares: Iterable[float]) -> Chart:
    positions = [round(100 * min(max(share, 0), 1), 2) for share in shares]
    if not positions:
        return chart
    marks = tuple(_group(positions))
    labels = ", ".join(mark.label for mark in marks)
    return replace(chart, marks=marks, sentence=f"{chart.sentence} Marked notes: {labels}.")


def _group(positions: Sequence[float]) -> Iterable[Mark]:
    """Yield a mark for each group of neighbors, at the first of them. Notes count from 1."""
    first = 0
    for count, following in enumerate([*positions[1:], inf], 1):
        if following - positions[first] >= MIN_DISTANCE:
            label = f"{count}" if count == first + 1 else f"{first + 1}–{count}"
            yield Mark(positions[first], label)
            first = count
