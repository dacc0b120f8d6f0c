"""Turn values into shapes: scales, lines, areas, bars, and gaps.

Pure functions. All positions are in percent of the plot, x from the left and y from the top.
None is an unknown value and leaves a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, log10

Value = float | None

#: Maximum horizontal grid lines, not counting the one at zero.
MAX_GRID_LINES = 4
#: Share of its slot that a bar leaves empty.
BAR_SPACING = 0.28


@dataclass(frozen=True, slots=True)
class Scale:
    """The y axis from 0 to ``top`` with a grid line every ``step``; both are integers."""

    top: int
    step: int

    def y(self, value: float) -> float:
        """Return the position of a value."""
        return round(100 - 100 * value / self.top, 2)

    def ticks(self) -> list[tuple[float, int]]:
        """Return the position and value of each grid line above zero."""
        return [(self.y(value), value) for value in range(self.step, self.top + 1, self.step)]


@dataclass(frozen=True, slots=True)
class Span:
    """An interval on the x axis."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that stands on zero. ``index`` is the position of its value."""

    index: int
    x: float
    width: float
    y: float
    height: float


def fit_scale(*series: Sequence[Value]) -> Scale:
    """Return the smallest scale that fits all values, with steps such as 1, 2, 5, or 10."""
    largest = max((value for values in series for value in values if value is not None), default=0)
    step = _round_up_step(largest / MAX_GRID_LINES)
    return Scale(top=step * max(1, ceil(largest / step)), step=step)


def spread_points(count: int) -> list[float]:
    """Return the x of points that reach from edge to edge."""
    return [round(100 * index / (count - 1), 2) if count > 1 else 50.0 for index in range(count)]


def center_points(count: int) -> list[float]:
    """Return the x of points in the middle of their slots, as bars are."""
    return [round(100 * (index + 0.5) / count, 2) for index in range(count)]


def draw_line(xs: Sequence[float], values: Sequence[Value], scale: Scale) -> str:
    """Return path data. A point between gaps has no length; a round line cap makes it visible."""
    pieces = []
    for run in split_runs(values):
        points = [f"{xs[index]:g} {scale.y(value):g}" for index, value in run]
        pieces.append(f"M{points[0]}" + ("h0" if len(points) == 1 else "L" + "L".join(points[1:])))
    return "".join(pieces)


def draw_area(xs: Sequence[float], values: Sequence[Value], scale: Scale) -> str:
    """Return closed path data of the area between the line and zero."""
    pieces = []
    for run in split_runs(values):
        if len(run) > 1:
            points = "L".join(f"{xs[index]:g} {scale.y(value):g}" for index, value in run)
            pieces.append(f"M{xs[run[0][0]]:g} 100L{points}V100Z")
    return "".join(pieces)


def draw_bars(values: Sequence[Value], scale: Scale) -> list[Bar]:
    """Return a bar for each value above 0."""
    slot = 100 / len(values) if values else 0
    width = round(slot * (1 - BAR_SPACING), 2)
    left = slot * BAR_SPACING / 2
    return [
        Bar(
            index,
            round(slot * index + left, 2),
            width,
            scale.y(value),
            round(100 - scale.y(value), 2),
        )
        for index, value in enumerate(values)
        if value
    ]


def find_gaps(xs: Sequence[float], values: Sequence[Value]) -> list[Span]:
    """Return the spans of unknown values, from the known point before to the one after."""
    spans = []
    for is_gap, group in groupby(range(len(values)), key=lambda index: values[index] is None):
        if is_gap:
            indexes = list(group)
            start, end = xs[max(indexes[0] - 1, 0)], xs[min(indexes[-1] + 1, len(values) - 1)]
            spans.append(Span(start, round(end - start, 2)))
    return spans


def split_runs(values: Sequence[Value]) -> Iterator[list[tuple[int, float]]]:
    """Yield the runs of known values between gaps, as lists of index and value."""
    run: list[tuple[int, float]] = []
    for index, value in enumerate(values):
        if value is not None:
            run.append((index, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _round_up_step(least: float) -> int:
    """Return the smallest integer >= ``least`` that is 1, 2, or 5 times a power of ten."""
    if least <= 1:
        return 1
    power = 10 ** floor(log10(least))
    return int(next(factor * power for factor in (1, 2, 5, 10, 20) if factor * power >= least))
