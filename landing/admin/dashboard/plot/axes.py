"""The labels of a chart's axes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils.formats import date_format

from ....analytics.history import Point
from ....dates import day_start, site_day
from ....page.formatting import number
from ...site_time import CLOCK, DATE, format_time
from ..ranges import Range
from . import geometry

#: Labels closer to an edge than this, in percent, would extend beyond the plot.
MARGIN = 2.5
#: The longest series with labels of hours: a day on which the clock is set back.
HOURS_OF_A_DAY = 25
#: Days from label to label: for a week, for a month, and for a quarter.
DAY_STEPS = ((8, 1), (32, 5), (100, 10))


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at ``position``, in percent. Minor labels are hidden on narrow screens."""

    position: float
    label: str
    is_minor: bool = False


def format_day(day: date, format: str) -> str:
    """Return the day in one of the formats of :mod:`.site_time`."""
    return date_format(day, format)


def y_ticks(scale: geometry.Scale) -> tuple[Tick, ...]:
    """Return a label for each grid line."""
    return tuple(Tick(y, number(value)) for y, value in scale.ticks())


def hour_ticks() -> tuple[Tick, ...]:
    """Return a label for every fourth hour of a day with 24 slots."""
    return tuple(
        Tick(round(100 * hour / 24, 2), f"{hour:02}:00", hour % 8 == 4) for hour in range(4, 24, 4)
    )


def day_ticks(shown: Range) -> Iterator[Tick]:
    """Yield labels of slots that are days."""
    for day, is_minor in _labeled_days(shown.first, shown.last):
        position = round(100 * ((day - shown.first).days + 0.5) / shown.days, 2)
        if MARGIN < position < 100 - MARGIN:
            yield Tick(position, format_day(day, DATE), is_minor)


def time_ticks(hours: int, points: Sequence[Point]) -> Iterator[Tick]:
    """Yield labels by the site's clock: every fourth hour of a day, or days."""
    if hours <= 1 or len(points) < 2:
        return
    first, last = points[0].at, points[-1].at
    marks = _every_fourth_hour if hours <= HOURS_OF_A_DAY else _day_marks
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


def _day_marks(first: date, last: date) -> Iterator[tuple[datetime, str, bool]]:
    """Yield the time, the label, and whether the label is minor."""
    for day, is_minor in _labeled_days(first, last):
        yield day_start(day).astimezone(UTC), format_day(day, DATE), is_minor


def _labeled_days(first: date, last: date) -> Iterator[tuple[date, bool]]:
    """Yield each day with a label, and whether the label is minor."""
    days = (last - first).days + 1
    step = next(step for most, step in DAY_STEPS if days <= most)
    for day in _days(first, last):
        if day.toordinal() % step == 0:
            yield day, day.toordinal() // step % 2 == 1


def _days(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)
