"""Read the samples of days, those of past days from the cache.

Samples of past days change rarely: when old ones are merged to hours, and when demo data is written
or cleared. Both raise the revision.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from ...dates import day_start, from_unix_minute, site_day, unix_minute
from ...models import CountSample
from .. import history
from .past_days import ONE_DAY, Days, PastDays


def read_series(days: Days, step_minutes: int, past: PastDays) -> history.Series:
    """Return the points of the days; the first step begins with the first day."""
    first, last = days
    read = partial(_read_points, days, step_minutes)
    parts = past.read(("samples", step_minutes, first, last), days, read)
    hours = -(-(_end_of(last) - _start_of(first)) // history.HOUR_MINUTES)
    return history.Series(hours, step_minutes, tuple(point for part in parts for point in part))


def find_peak(first: date, until: datetime, past: PastDays) -> history.Peak | None:
    """Return the first sample with the most people at once since the first day."""
    last = site_day(until)
    peaks = past.read(("peak",), (first, last - ONE_DAY), _find_peak)
    peaks.append(history.find_peak(day_start(last), until))
    known = [peak for peak in peaks if peak is not None]
    return max(known, key=lambda peak: peak.people, default=None)


def has_demo(days: Days, past: PastDays) -> bool:
    """Return whether the days have a sample of demo data."""
    return any(past.read(("demo samples",), days, _has_demo))


def _read_points(
    days: Days, step_minutes: int, first: date, last: date
) -> tuple[history.Point, ...]:
    """Return the points of some of the days. A step that ends later belongs to the next ones."""
    origin = _start_of(days[0])
    start = origin + (_start_of(first) - origin) // step_minutes * step_minutes
    end = _end_of(last)
    if last < days[1]:
        end = origin + (end - origin) // step_minutes * step_minutes
    since, before = from_unix_minute(start), from_unix_minute(end)
    return history.read_between(since, before, step_minutes).points


def _find_peak(first: date, last: date) -> history.Peak | None:
    return history.find_peak(day_start(first), day_start(last + ONE_DAY))


def _has_demo(first: date, last: date) -> bool:
    samples = CountSample.objects.between(day_start(first), day_start(last + ONE_DAY))
    return bool(samples.filter(is_demo=True).exists())


def _start_of(day: date) -> int:
    return unix_minute(day_start(day))


def _end_of(day: date) -> int:
    return _start_of(day + ONE_DAY)
