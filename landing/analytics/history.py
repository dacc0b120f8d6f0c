"""How many were here, minute by minute: samples are written here, and read as a series.

Owns how a time span becomes points, and the peaks. Knows neither who samples nor who
shows: :mod:`landing.background` calls the one side, API and dashboard the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Q
from django.utils import timezone

from ..dates import EPOCH, day_start, site_day, unix_minute
from ..models import CountSample
from ..querysets import Merged

#: A leap year.
MAX_HOURS = 8784
MAX_POINTS = 288
#: Older samples are rolled up to one row an hour.
MINUTES_KEPT = timedelta(days=30)

#: Steps that people count time in; beyond a day, whole days.
STEPS_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)
HOUR_MINUTES, DAY_MINUTES = 60, 1440


@dataclass(frozen=True, slots=True)
class Point:
    """Averages of the samples from ``at`` on for one step; None: there is none."""

    at: datetime
    people: int | None
    connections: int | None
    active: int | None
    #: the most people seen at one time
    peak_people: int | None


@dataclass(frozen=True, slots=True)
class Series:
    """Points from old to new, ``step_minutes`` apart without a gap."""

    hours: int
    step_minutes: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Peaks:
    """The most people seen at one time; None: nobody has looked."""

    today: int | None
    last_7_days: int | None
    last_30_days: int | None

    def including(self, today: int | None) -> Peaks:
        """With the newest peak of today, which the samples may not have yet."""
        if today is None:
            return self
        known = (self.today, self.last_7_days, self.last_30_days)
        return Peaks(*(max(today, each or 0) for each in known))


def record_sample(at: datetime, *, people: int, connections: int, active: int | None) -> bool:
    """Write the row of the minute of ``at``, unless somebody has; True if this call did.

    Of any number of workers one wins, and none sees an error. Of a minute that has its row
    only the peak may rise.
    """
    sample = CountSample(
        minute=unix_minute(at),
        people=people,
        connections=connections,
        active=active,
        peak_people=people,
    )
    wrote = CountSample.objects.insert_unless_there(sample)
    if not wrote:
        lower = CountSample.objects.filter(minute=sample.minute, peak_people__lt=people)
        lower.update(peak_people=people)
    return wrote


def series(
    hours: int,
    *,
    limit: int = MAX_POINTS,
    until: datetime | None = None,
    now: datetime | None = None,
) -> Series:
    """The last ``hours`` up to ``until`` (now), in at most ``limit`` points: one query.

    Points begin at multiples of the step. The last one is under way at ``until``; the
    first one may begin up to one step late.
    """
    if not (1 <= hours <= MAX_HOURS and 1 <= limit <= MAX_POINTS):
        raise ValueError(f"{hours} hours in {limit} points: out of range")
    now = now or timezone.now()
    until = until or now
    is_rolled_up = until - timedelta(hours=hours) < now - MINUTES_KEPT
    step = _step_minutes(60 * hours, limit, is_rolled_up=is_rolled_up)
    last = unix_minute(until) // step * step
    first = last - (_divide_up(60 * hours, step) - 1) * step
    return Series(hours, step, _points(range(first, last + 1, step), unix_minute(until)))


def _step_minutes(minutes: int, limit: int, *, is_rolled_up: bool) -> int:
    """The finest step that keeps to ``limit`` points; where rows are of hours, an hour."""
    least = max(_divide_up(minutes, limit), HOUR_MINUTES if is_rolled_up else 1)
    whole_days = _divide_up(least, DAY_MINUTES) * DAY_MINUTES
    return next((step for step in STEPS_MINUTES if step >= least), whole_days)


def _divide_up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)


def _points(starts: range, last_minute: int) -> tuple[Point, ...]:
    sampled = CountSample.objects.filter(minute__gte=starts.start, minute__lte=last_minute)
    found = {merged.start: merged for merged in sampled.merged(starts.step)}
    return tuple(_point(start, found.get(start)) for start in starts)


def _point(start: int, found: Merged | None) -> Point:
    at = EPOCH + timedelta(minutes=start)
    if found is None:
        return Point(at, None, None, None, None)
    return Point(at, found.people, found.connections, found.active, found.peak_people)


def peaks(now: datetime | None = None) -> Peaks:
    """Of the site's day so far, and of the days before this moment: one query."""
    now = now or timezone.now()
    today = unix_minute(day_start(site_day(now)))
    week, month = (unix_minute(now - timedelta(days=days)) for days in (7, 30))
    found = CountSample.objects.filter(minute__gte=month).aggregate(
        today=Max("peak_people", filter=Q(minute__gte=today)),
        last_7_days=Max("peak_people", filter=Q(minute__gte=week)),
        last_30_days=Max("peak_people"),
    )
    return Peaks(**found)
