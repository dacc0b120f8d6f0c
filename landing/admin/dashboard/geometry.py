"""Numbers as shapes: scales, ticks, lines, areas, bars and gaps.

Pure: knows no model, no request and no word. All positions are percent of the plot,
x from the left, y from the top. None is a number that is not known; it leaves a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, log10

Value = float | None

#: The lines across a plot: about so many, above the ground line.
TICKS = 4
#: The share of its slot that a bar leaves empty.
BAR_SPACING = 0.28


@dataclass(frozen=True, slots=True)
class Scale:
    """From 0 to ``top``, in steps that people count in; both are whole."""

    top: int
    step: int

    def y(self, value: float) -> float:
        return round(100 - 100 * value / self.top, 2)

    def ticks(self) -> list[tuple[float, int]]:
        """Position and value of each line across, without the ground line."""
        return [(self.y(value), value) for value in range(self.step, self.top + 1, self.step)]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the x axis."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle that stands on the ground line; ``index`` is its value's."""

    index: int
    x: float
    width: float
    y: float
    height: float


def scale(*series: Sequence[Value]) -> Scale:
    """The smallest scale in steps of 1, 2 or 5 times a power of ten that holds all values."""
    largest = max((value for values in series for value in values if value is not None), default=0)
    step = _nice_step(largest / TICKS)
    return Scale(top=step * max(1, ceil(largest / step)), step=step)


def edges(count: int) -> list[float]:
    """x of points that reach from edge to edge."""
    return [round(100 * index / (count - 1), 2) if count > 1 else 50.0 for index in range(count)]


def centres(count: int) -> list[float]:
    """x of points that each stand in the middle of a slot, as bars do."""
    return [round(100 * (index + 0.5) / count, 2) for index in range(count)]


def line(xs: Sequence[float], values: Sequence[Value], on: Scale) -> str:
    """Path data; a point between gaps is a stroke of no length, which a round cap shows."""
    pieces = []
    for run in runs(values):
        points = [f"{xs[index]:g} {on.y(value):g}" for index, value in run]
        pieces.append(f"M{points[0]}" + ("h0" if len(points) == 1 else "L" + "L".join(points[1:])))
    return "".join(pieces)


def area(xs: Sequence[float], values: Sequence[Value], on: Scale) -> str:
    """Path data of what is under the line, down to the ground; closed."""
    pieces = []
    for run in runs(values):
        if len(run) > 1:
            points = "L".join(f"{xs[index]:g} {on.y(value):g}" for index, value in run)
            pieces.append(f"M{xs[run[0][0]]:g} 100L{points}V100Z")
    return "".join(pieces)


def bars(values: Sequence[Value], on: Scale) -> list[Bar]:
    """One bar per value that is known and above 0."""
    slot = 100 / len(values) if values else 0
    width = round(slot * (1 - BAR_SPACING), 2)
    left = slot * BAR_SPACING / 2
    return [
        Bar(index, round(slot * index + left, 2), width, on.y(value), round(100 - on.y(value), 2))
        for index, value in enumerate(values)
        if value
    ]


def gaps(xs: Sequence[float], values: Sequence[Value]) -> list[Span]:
    """Where nothing is known: from the last point before to the first one after."""
    spans = []
    for missing, group in groupby(range(len(values)), key=lambda index: values[index] is None):
        if missing:
            indexes = list(group)
            start, end = xs[max(indexes[0] - 1, 0)], xs[min(indexes[-1] + 1, len(values) - 1)]
            spans.append(Span(start, round(end - start, 2)))
    return spans


def runs(values: Sequence[Value]) -> Iterator[list[tuple[int, float]]]:
    """The pieces without a gap: index and value of each point."""
    run: list[tuple[int, float]] = []
    for index, value in enumerate(values):
        if value is not None:
            run.append((index, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _nice_step(least: float) -> int:
    """1, 2 or 5 times a power of ten, whole, and not below ``least``."""
    if least <= 1:
        return 1
    power = 10 ** floor(log10(least))
    return int(next(factor * power for factor in (1, 2, 5, 10, 20) if factor * power >= least))
