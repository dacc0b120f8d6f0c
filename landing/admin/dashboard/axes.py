"""The labels of a chart's axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils.formats import date_format

from ...analytics.history import Point
from ...dates import day_start, site_day
from ...page.formatting import number
from . import geometry
from .site_time import CLOCK, DATE, format_time

#: Labels closer to an edge than this, in percent, would extend beyond the plot.
MARGIN = 2.5


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at ``position``, in percent. Minor labels are hidden on narrow screens."""

    position: float
    label: str
    is_minor: bool = False


def y_ticks(scale: geometry.Scale) -> tuple[Tick, ...]:
    """Return a label for each grid line."""
    return tuple(Tick(y, number(value)) for y, value in scale.ticks())


def hour_ticks() -> tuple[Tick, ...]:
    """Return a label for every fourth hour of a day with 24 slots."""
    return tuple(
        Tick(round(100 * hour / 24, 2), f"{hour:02}:00", hour % 8 == 4) for hour in range(4, 24, 4)
    )


def time_ticks(hours: int, points: Sequence[Point]) -> Iterator[Tick]:
    """Yield labels by the site's clock: every fourth hour of a day, every fifth day of a month."""
    if hours <= 1 or len(points) < 2:
        return
    first, last = points[0].at, points[-1].at
    marks = _every_fourth_hour if hours <= 24 else _every_fifth_day
    for at, label, is_minor in marks(site_day(first), site_day(last)):
        position = round(100 * ((at - first) / (last - first)), 2)
        if MARGIN < position < 100 - MARGIN:
            yield Tick(position, label, is_minor)


def _every_fourth_hour(first: date, last: date) -> Iterator[tuple[datetime, str, bool]]:
    """Yield the time, the label, and whether the label is minor."""
    for day in _days(first, last):
        for hour in range(0, 24, 4):
            at = day_start(day).replace(hour=hour).astimezone(UTC)
            yield at, format_time(at, CLOCK), hour % 8 == 4


def _every_fifth_day(first: date, last: date) -> Iterator[tuple[datetime, str, bool]]:
    """Yield the time, the label, and whether the label is minor."""
    for day in _days(first, last):
        if day.toordinal() % 5 == 0:
            yield day_start(day).astimezone(UTC), date_format(day, DATE), day.toordinal() % 10 == 5


def _days(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)
