"""Read the samples as a time series, and find the peaks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Max, Q

from ..dates import day_start, from_unix_minute, site_day, unix_minute, utc_now
from ..models import CountSample
from ..tables.querysets import MergedSample

#: The hours of a leap year.
MAX_HOURS = 8784
MAX_POINTS = 288
#: Samples older than this are rolled up to one row per hour.
MINUTES_KEPT = timedelta(days=30)

#: Step lengths that read well on a time axis. Longer steps are whole days.
STEPS_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720)
HOUR_MINUTES, DAY_MINUTES = 60, 1440


@dataclass(frozen=True, slots=True)
class Point:
    """Means of the samples of one step that starts at ``at``; None if it has no sample."""

    at: datetime
    people: int | None
    connections: int | None
    active: int | None
    #: Most people at once in this step.
    peak_people: int | None


@dataclass(frozen=True, slots=True)
class Series:
    """Points from old to new, ``step_minutes`` apart and without gaps."""

    hours: int
    step_minutes: int
    points: tuple[Point, ...]


class Peak(NamedTuple):
    """The most people at once, and the minute or the hour of the sample."""

    people: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Peaks:
    """The most people at once in each period; None if it has no sample."""

    today: int | None
    last_7_days: int | None
    last_30_days: int | None

    def including(self, today: int | None) -> Peaks:
        """Return these peaks raised to ``today``, a peak that may not be sampled yet."""
        if today is None:
            return self
        known = (self.today, self.last_7_days, self.last_30_days)
        return Peaks(*(max(today, peak or 0) for peak in known))


def read_series(
    hours: int,
    *,
    limit: int = MAX_POINTS,
    until: datetime | None = None,
    now: datetime | None = None,
) -> Series:
    """Return the ``hours`` before ``until`` in at most ``limit`` points, from one query.

    Points start at multiples of the step. The last point covers a step that has not ended
    at ``until``; the first point may start up to one step late.
    """
    if not 1 <= hours <= MAX_HOURS:
        raise ValueError(f"hours must be from 1 to {MAX_HOURS} (got {hours})")
    if not 1 <= limit <= MAX_POINTS:
        raise ValueError(f"limit must be from 1 to {MAX_POINTS} (got {limit})")
    now = now or utc_now()
    until = until or now
    is_rolled_up = until - timedelta(hours=hours) < now - MINUTES_KEPT
    step = _step_minutes(60 * hours, limit, is_rolled_up=is_rolled_up)
    last = unix_minute(until) // step * step
    first = last - (_divide_up(60 * hours, step) - 1) * step
    return Series(hours, step, _points(range(first, last + 1, step), unix_minute(until)))


def choose_step_minutes(since: datetime, before: datetime, now: datetime) -> int:
    """Return the step of a series of this time with at most :data:`MAX_POINTS` points."""
    minutes = unix_minute(before) - unix_minute(since)
    return _step_minutes(minutes, MAX_POINTS, is_rolled_up=since < now - MINUTES_KEPT)


def read_between(since: datetime, before: datetime, step_minutes: int) -> Series:
    """Return the points from ``since``, which starts the first step, up to ``before``."""
    first, end = unix_minute(since), unix_minute(before)
    hours = _divide_up(end - first, HOUR_MINUTES)
    return Series(hours, step_minutes, _points(range(first, end, step_minutes), end - 1))


def _step_minutes(minutes: int, limit: int, *, is_rolled_up: bool) -> int:
    """Return the finest step with at most ``limit`` points; an hour or more if rolled up."""
    least = max(_divide_up(minutes, limit), HOUR_MINUTES if is_rolled_up else 1)
    whole_days = _divide_up(least, DAY_MINUTES) * DAY_MINUTES
    return next((step for step in STEPS_MINUTES if step >= least), whole_days)


def _divide_up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)


def _points(starts: range, last_minute: int) -> tuple[Point, ...]:
    samples = CountSample.objects.filter(minute__gte=starts.start, minute__lte=last_minute)
    merged_samples = samples.merge(starts.step, starts.start % starts.step)
    by_start = {merged.start: merged for merged in merged_samples}
    return tuple(_point(start, by_start.get(start)) for start in starts)


def _point(start: int, merged: MergedSample | None) -> Point:
    at = from_unix_minute(start)
    if merged is None:
        return Point(at, None, None, None, None)
    return Point(at, merged.people, merged.connections, merged.active, merged.peak_people)


def find_peak(since: datetime, before: datetime) -> Peak | None:
    """Return the first sample with the most people at once in this time; None without one."""
    samples = CountSample.objects.between(since, before).order_by("-peak_people", "minute")
    found = samples.values_list("peak_people", "minute").first()
    return Peak(found[0], from_unix_minute(found[1])) if found else None


def read_peaks(now: datetime | None = None) -> Peaks:
    """Return the peaks of today, of the last 7 days, and of the last 30 days, from one query."""
    now = now or utc_now()
    today = unix_minute(day_start(site_day(now)))
    week, month = (unix_minute(now - timedelta(days=days)) for days in (7, 30))
    found = CountSample.objects.filter(minute__gte=month).aggregate(
        today=Max("peak_people", filter=Q(minute__gte=today)),
        last_7_days=Max("peak_people", filter=Q(minute__gte=week)),
        last_30_days=Max("peak_people"),
    )
    return Peaks(**found)
