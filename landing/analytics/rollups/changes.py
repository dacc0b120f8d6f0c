"""Compute what analytics rows change in the rollups. Runs no query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils import timezone

from ...dates import from_unix_minute, site_day, unix_minute
from ...models import DEMO_MARK, Event
from ...tables.rollups import Dimension

SLOT_MINUTES = 15
#: The longest range, in days. A longer gap counts as none.
MAX_GAP = 92


class Row(NamedTuple):
    """The columns of an analytics row that are counted."""

    id: int
    visitor_id: bytes
    user_id: Any
    event: str
    path: str
    referrer_host: str
    created_at: datetime
    data: dict[str, Any]
    utm_source: str = ""
    utm_campaign: str = ""
    language: str = ""
    width: str = ""


class FirstSeen(NamedTuple):
    """When a visitor was first seen on a day, and whether the visitor was signed in that day."""

    slot: int
    is_signed_in: bool

    def merge(self, other: FirstSeen) -> FirstSeen:
        """Return the earlier slot, and whether one of both was signed in."""
        return FirstSeen(min(self.slot, other.slot), self.is_signed_in or other.is_signed_in)


#: The days of one visitor.
Days = dict[int, FirstSeen]


class Counted(NamedTuple):
    """The page views and the visitors of some rows."""

    #: by slot
    slots: Counter[int]
    #: by day, path, and host of the referrer
    pages: Counter[tuple[int, str, str]]
    #: by day, dimension, and value
    dimensions: Counter[tuple[int, str, str]]
    visitors: dict[bytes, Days]
    #: days with demo data
    demo_days: set[int]


def slot_of(moment: datetime) -> int:
    """Return the slot of a time. All time zones differ by whole slots."""
    minute = unix_minute(moment)
    return minute - minute % SLOT_MINUTES


def day_of(slot: int) -> int:
    """Return the day of a slot."""
    return _day_of(slot, timezone.get_default_timezone_name())


def count(rows: Iterable[Row]) -> Counted:
    """Count the rows."""
    counted = Counted(Counter(), Counter(), Counter(), {}, set())
    for row in rows:
        slot = slot_of(row.created_at)
        day = day_of(slot)
        if row.event == Event.PAGE_VIEW:
            counted.slots[slot] += 1
            counted.pages[day, row.path, row.referrer_host] += 1
            for dimension in Dimension:
                if value := getattr(row, dimension):
                    counted.dimensions[day, dimension.value, value] += 1
        days = counted.visitors.setdefault(bytes(row.visitor_id), {})
        seen = FirstSeen(slot, row.user_id is not None)
        days[day] = days[day].merge(seen) if day in days else seen
        if row.data == DEMO_MARK:
            counted.demo_days.add(day)
    return counted


def merge(stored: Mapping[int, FirstSeen], new: Mapping[int, FirstSeen]) -> Days:
    """Return the days of a visitor with those of new rows."""
    merged = dict(stored)
    for day, seen in new.items():
        merged[day] = merged[day].merge(seen) if day in merged else seen
    return merged


def compare(before: Iterable[Days], after: Iterable[Days]) -> Counter[tuple[int, int, int, bool]]:
    """Return the change of the visitor counts, by day, slot, gap, and signed in."""
    change: Counter[tuple[int, int, int, bool]] = Counter()
    for days in after:
        change.update(_keys(days))
    for days in before:
        change.subtract(_keys(days))
    return Counter({key: visitors for key, visitors in change.items() if visitors})


def _keys(days: Days) -> Iterator[tuple[int, int, int, bool]]:
    """Yield the keys under which a visitor counts."""
    for is_signed_in in (False, True):
        previous = None
        for day in sorted(days):
            if is_signed_in and not days[day].is_signed_in:
                continue
            gap = 0 if previous is None or day - previous > MAX_GAP else day - previous
            yield day, days[day].slot, gap, is_signed_in
            previous = day


# A day has 96 slots, and a batch has few days.
@lru_cache(maxsize=4096)
def _day_of(slot: int, zone: str) -> int:
    return site_day(from_unix_minute(slot)).toordinal()
