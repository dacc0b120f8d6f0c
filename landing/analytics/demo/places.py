"""Derive the people by page from simulated visits and their page views."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache

from ... import conf
from ...dates import day_start, from_unix_minute, site_day, unix_minute
from ...places import names
from ...tables.places import PlaceSample
from ..places import storage
from ..places.history import MAX_MINUTES
from ..places.storage import DaySum
from ..write_buffer.insert import PendingRow
from .visits import Visit

#: Samples that are inserted at once.
BATCH_ROWS = 2_000


class PlaceTrails:
    """Knows which visit was on which page when, from the page views that :meth:`follow` yields."""

    def __init__(self, visits: Iterable[Visit]) -> None:
        """``visits`` are sorted by time."""
        self._visits: defaultdict[bytes, deque[Visit]] = defaultdict(deque)
        for visit in visits:
            self._visits[visit.visitor].append(visit)
        #: The page of each visit that has begun, and the time at which it ends.
        self._here: dict[bytes, tuple[str | None, int]] = {}
        #: Changes of the people by page, by minute.
        self._changes: defaultdict[int, Counter[str]] = defaultdict(Counter)

    def follow(self, rows: Iterable[PendingRow]) -> Iterator[PendingRow]:
        """Yield the rows, which are sorted by time."""
        for row in rows:
            if row.path:
                self._view(row.visitor, row.at.timestamp(), _place(row.path))
            yield row

    def store(self, since: datetime, until: datetime, taken: Collection[int]) -> None:
        """Store the samples of the last day and the sums of all days that are not pruned yet.

        Minutes in ``taken`` get no sample.
        """
        oldest = until - timedelta(days=conf.read().LANDING_RETENTION_DAYS)
        first = unix_minute(day_start(site_day(max(since, oldest))))
        samples_from = unix_minute(until) - MAX_MINUTES
        samples: list[PlaceSample] = []
        sums: dict[tuple[int, str], DaySum] = {}
        for minute, counts in self._minutes(first, unix_minute(until)):
            if minute in taken:
                continue
            day = site_day(from_unix_minute(minute)).toordinal()
            for place, people in counts:
                old = sums.get((day, place), DaySum(day, place, True, 0, 0, 0))
                sums[day, place] = old._replace(
                    samples=old.samples + 1,
                    people_minutes=old.people_minutes + people,
                    peak_people=max(old.peak_people, people),
                )
                if minute >= samples_from:
                    samples.append(
                        PlaceSample(minute=minute, place=place, people=people, is_demo=True)
                    )
        # A running server may have sampled a minute meanwhile. Keep the real sample.
        PlaceSample.objects.bulk_create(samples, BATCH_ROWS, ignore_conflicts=True)
        storage.add_to_days(sums[key] for key in sorted(sums))

    def _view(self, visitor: bytes, at: float, place: str) -> None:
        before, ends = self._here.get(visitor, (None, 0))
        visits = self._visits[visitor]
        if visits and visits[0].begins <= at:
            # The first page loads a moment after the visit has begun.
            at, ends, *_ = visits.popleft()
            before = None
        for moment, change in ((at, 1), (ends, -1)):
            # Round up: a change counts from the first minute that starts at that time or later.
            changes = self._changes[-int(-moment // 60)]
            changes[place] += change
            if before is not None:
                changes[before] -= change
        self._here[visitor] = place, ends

    def _minutes(self, first: int, last: int) -> Iterator[tuple[int, list[tuple[str, int]]]]:
        """Yield each minute from ``first`` up to ``last``, without ``last``, with its places."""
        here: Counter[str] = Counter()
        for minute in sorted(each for each in self._changes if each < first):
            here.update(self._changes[minute])
        for minute in range(first, last):
            if minute in self._changes:
                here.update(self._changes[minute])
            people = {place: count for place, count in here.items() if count}
            total = sum(people.values())
            people.pop(names.ELSEWHERE, None)
            yield minute, storage.choose_places(total, people)


@cache
def _place(path: str) -> str:
    """Return the place of a path of :mod:`.journeys`, of which there are few."""
    place = names.normalize(path)
    return names.ELSEWHERE if names.is_private(place) else place
