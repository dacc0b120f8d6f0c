"""Derive samples from simulated visits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, islice
from statistics import fmean
from typing import NamedTuple

from ... import conf
from ...dates import unix_minute
from ...models import CountSample
from ...tables.querysets import CountSampleQuerySet
from .visits import Visit

#: Samples older than this are hourly, as if they were rolled up.
MINUTES_KEPT = timedelta(days=30)


class Counts(NamedTuple):
    """The counts at the start of one minute."""

    people: int
    connections: int
    active: int


def stored_samples() -> CountSampleQuerySet:
    """Return the demo samples in the table."""
    samples: CountSampleQuerySet = CountSample.objects.filter(is_demo=True)
    return samples


def real_minutes(since: datetime, now: datetime) -> set[int]:
    """Return the minutes that real samples cover, minutely or hourly."""
    stored = CountSample.objects.between(since - timedelta(hours=1), now).filter(is_demo=False)
    real = stored.values_list("minute", "minutes").iterator()
    return {minute for first, length in real for minute in range(first, first + length)}


def count_samples(
    visits: Sequence[Visit], since: datetime, now: datetime, taken: Collection[int] = ()
) -> Iterator[CountSample]:
    """Yield a sample per minute before ``now``, and per hour if older than 30 days.

    Minutes in ``taken`` get no sample, nor do hours that contain such a minute.
    """
    first, last = _hour_start(since), unix_minute(now)
    minutes_from = max(first, _hour_start(now - MINUTES_KEPT))
    counts = zip(range(first, last), _count_minutes(visits, first, last), strict=True)
    yield from _hourly_samples(islice(counts, minutes_from - first), taken)
    for minute, count in counts:
        if minute not in taken:
            yield CountSample(
                minute=minute, peak_people=count.people, is_demo=True, **count._asdict()
            )


def _hour_start(moment: datetime) -> int:
    return unix_minute(moment) // 60 * 60


def _count_minutes(visits: Sequence[Visit], first: int, last: int) -> Iterator[Counts]:
    """Yield the counts of each minute from ``first`` up to ``last``, without ``last``."""
    window_seconds = 60 * conf.read().LANDING_ACTIVE_WINDOW_MINUTES
    changes = [[0, 0, 0] for _ in range(last - first + 1)]

    def add(seconds: int, *change: int) -> None:
        # Round up: a change counts from the first minute that starts at that time or later.
        minute = changes[min(-(-seconds // 60), last) - first]
        minute[:] = [old + new for old, new in zip(minute, change, strict=True)]

    for visit in visits:
        add(visit.begins, 1, visit.tabs, 1)
        add(visit.ends, -1, -visit.tabs, 0)
        add(visit.ends + window_seconds, 0, 0, -1)
    counts = Counts(0, 0, 0)
    for change in changes[:-1]:
        counts = Counts(*map(sum, zip(counts, change, strict=True)))
        yield counts


def _hourly_samples(
    counts: Iterable[tuple[int, Counts]], taken: Collection[int]
) -> Iterator[CountSample]:
    for hour, group in groupby(counts, key=lambda pair: pair[0] // 60):
        minutes, found = zip(*group, strict=True)
        if not any(minute in taken for minute in minutes):
            yield _hourly_sample(60 * hour, found)


def _hourly_sample(minute: int, counts: Sequence[Counts]) -> CountSample:
    people, connections, active = (round(fmean(column)) for column in zip(*counts, strict=True))
    return CountSample(
        minute=minute,
        people=people,
        connections=connections,
        active=active,
        peak_people=max(count.people for count in counts),
        minutes=len(counts),
        is_demo=True,
    )
