"""The page views of a filter on one day, to which new rows are added."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from ....analytics.rollups.changes import SLOT_MINUTES
from ....analytics.rollups.past_days import ONE_DAY
from ....dates import EPOCH, day_start
from ..filters import Filter
from .matching import COLUMNS, fingerprint, page_views, page_views_of
from .past_views import count_entry_bytes

_MICROSECOND = timedelta(microseconds=1)
_SLOT = SLOT_MINUTES * 60 * 1_000_000
#: Bytes of a visitor in a dictionary: the fingerprint, the time, and their places.
VISITOR_BYTES = 160


@dataclass(frozen=True, slots=True)
class DayViews:
    """The page views of one day in the rows up to ``last_id``. All times are in µs since 1970."""

    day: date
    last_id: int
    slots: Counter[int]
    #: Page views by column and value.
    values: dict[str, Counter[str]]
    times: array[int]
    #: When each visitor was first seen, and first seen signed in, by fingerprint.
    visitors: dict[int, int]
    signed_in: dict[int, int]

    @property
    def bytes(self) -> int:
        """Return about how much memory this takes."""
        people = len(self.visitors) + len(self.signed_in)
        entries = count_entry_bytes(self.slots, self.values)
        return 8 * len(self.times) + VISITOR_BYTES * people + entries

    def count_page_views(self, until: datetime) -> int:
        """Count the page views before a time."""
        end = _to_microseconds(until)
        return sum(time < end for time in self.times)

    def list_visitors(self, until: datetime) -> set[int]:
        """Return the fingerprints of the visitors before a time."""
        return _list_before(self.visitors, until)

    def list_signed_in(self, until: datetime) -> set[int]:
        """Return the fingerprints of the visitors who were signed in before a time."""
        return _list_before(self.signed_in, until)


def read(only: Filter, day: date, last_id: int) -> DayViews:
    """Read the page views of a day from the rows up to ``last_id``."""
    values = {column: Counter[str]() for column in COLUMNS}
    views = DayViews(day, last_id, Counter(), values, array("q"), {}, {})
    # Without a condition for the key, no database walks along the key instead of the time.
    rows = page_views_of(only, day, day)
    _add(views, (row for row in _list(rows) if row[0] <= last_id))
    return views


def extend(views: DayViews, only: Filter, last_id: int) -> DayViews:
    """Return the page views with those of newer rows, which are found by their key."""
    if last_id == views.last_id:
        return views
    new = list(_list(page_views(only).filter(pk__gt=views.last_id, pk__lte=last_id)))
    extended = replace(views, last_id=last_id)
    if new:
        # A copy, because another thread may be reading the former page views.
        extended = replace(
            extended,
            slots=views.slots.copy(),
            values={column: counts.copy() for column, counts in views.values.items()},
            times=views.times[:],
            visitors=views.visitors.copy(),
            signed_in=views.signed_in.copy(),
        )
        _add(extended, new)
    return extended


def _to_microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


def _list_before(first_seen: dict[int, int], until: datetime) -> set[int]:
    end = _to_microseconds(until)
    return {visitor for visitor, time in first_seen.items() if time < end}


def _list(rows: Any) -> Iterable[tuple[Any, ...]]:
    listed: Iterable[tuple[Any, ...]] = rows.values_list(
        "pk", "visitor_id", "user_id", "created_at", *COLUMNS
    )
    return listed


def _add(views: DayViews, rows: Iterable[tuple[Any, ...]]) -> None:
    """Count the rows of the day. A new row may be of another day."""
    start, end = (_to_microseconds(day_start(day)) for day in (views.day, views.day + ONE_DAY))
    timed = ((_to_microseconds(row[3]), row) for row in rows)
    of_day = [(time, *row) for time, row in timed if start <= time < end]
    if not of_day:
        return
    # A counter counts a whole column in a fifth of the time of single values.
    times, _, visitors, users, _, *values = zip(*of_day, strict=True)
    views.times.extend(times)
    views.slots.update(time // _SLOT * SLOT_MINUTES for time in times)
    for column, found in zip(COLUMNS, values, strict=True):
        views.values[column].update(found)
    for time, visitor, user in zip(times, visitors, users, strict=True):
        key = fingerprint(visitor)
        views.visitors[key] = min(time, views.visitors.get(key, time))
        if user is not None:
            views.signed_in[key] = min(time, views.signed_in.get(key, time))
