"""The figures of a filter in a range and in the one before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from ....analytics.rollups.past_days import ONE_DAY, Days, PastDays
from ....analytics.rollups.reading import Visitors
from ..filters import Filter
from ..ranges import Range
from . import day_views, past_views
from .day_views import DayViews
from .past_views import PastViews
from .store import store

Key = TypeVar("Key", int, str)


@dataclass(frozen=True, slots=True)
class RangeViews:
    """The page views of one range: the first days together, and the last ones each for itself.

    Figures may end at a time within the last days.
    """

    past: PastViews
    days: tuple[DayViews, ...]

    def count_by_slot(self) -> Counter[int]:
        """Return the page views of each slot."""
        return _add(part.slots for part in self._parts())

    def count_values(self, column: str) -> Counter[str]:
        """Return the page views of each value of a column."""
        return _add(part.values[column] for part in self._parts())

    def count_page_views(self, until: datetime) -> int:
        """Count the page views before a time."""
        return self.past.slots.total() + sum(day.count_page_views(until) for day in self.days)

    def count_visitors(self, until: datetime) -> Visitors:
        """Count the distinct visitors before a time."""
        seen, signed_in = set[int](), set[int]()
        for day in self.days:
            seen |= day.list_visitors(until)
            signed_in |= day.list_signed_in(until)
        return Visitors(
            len(self.past.visitors) + self.past.visitors.count_missing(seen),
            len(self.past.signed_in) + self.past.signed_in.count_missing(signed_in),
        )

    def _parts(self) -> list[PastViews | DayViews]:
        return [self.past, *self.days]


@dataclass(frozen=True, slots=True)
class FilteredFigures:
    """The figures of a filter in a range, and in the one before."""

    now: RangeViews
    before: RangeViews
    #: The end of the range, and the end of the time to compare with.
    end: datetime
    end_before: datetime

    def count_by_slot(self) -> Counter[int]:
        """Return the page views of each slot of both ranges."""
        return _add((self.now.count_by_slot(), self.before.count_by_slot()))

    def count_page_views_before(self) -> int:
        """Return the page views to compare with."""
        return self.before.count_page_views(self.end_before)

    def count_visitors(self) -> tuple[Visitors, Visitors]:
        """Return the distinct visitors, and those to compare with."""
        return self.now.count_visitors(self.end), self.before.count_visitors(self.end_before)

    def list_values(self, column: str) -> list[tuple[str, int, int]]:
        """Return the values of a column in the range, with their page views in both ranges.

        The most frequent values come first.
        """
        now, before = (each.count_values(column) for each in (self.now, self.before))
        found = sorted(now.items(), key=lambda entry: (-entry[1], entry[0]))
        return [(value, views, before[value]) for value, views in found]


def read(shown: Range, at: datetime, only: Filter, past: PastDays) -> FilteredFigures:
    """Read the figures. If the filter was read before, only new rows are read."""
    before = shown.before
    # The last day of the range before is read for itself if only a part of it is compared.
    end = before.last if shown.includes_today(at) else shown.first
    past_before, days_before = _split(before, min(past.first_open, end))
    past_now, days_now = _split(shown, past.first_open)
    views_before, views_now = _read_past(only, (past_before, past_now), past)
    return FilteredFigures(
        RangeViews(views_now, _read_days(only, days_now, past)),
        RangeViews(views_before, _read_days(only, days_before, past)),
        shown.end,
        shown.end_before(at),
    )


def _split(shown: Range, first_single: date) -> tuple[Days | None, list[date]]:
    """Return the days before ``first_single``, and each later day."""
    last = min(shown.last, first_single - ONE_DAY)
    first = max(shown.first, first_single)
    days = [first + ONE_DAY * number for number in range((shown.last - first).days + 1)]
    return (shown.first, last) if shown.first <= last else None, days


def _read_past(only: Filter, spans: tuple[Days | None, ...], past: PastDays) -> list[PastViews]:
    key = ("past", only, spans)
    views: list[PastViews] | None = store.get(key, past.revision)
    if views is None:
        views = past_views.read(only, spans, past.last_id)
        store.put(key, past.revision, views, sum(each.bytes for each in views))
    return views


def _read_days(only: Filter, days: Sequence[date], past: PastDays) -> tuple[DayViews, ...]:
    return tuple(_read_day(only, day, past) for day in days)


def _read_day(only: Filter, day: date, past: PastDays) -> DayViews:
    # A day that has become past is read once more, because its last rows may be missing.
    is_open = day >= past.first_open
    key = ("day", only, day, is_open)
    views: DayViews | None = store.get(key, past.revision)
    if views is None or views.last_id > past.last_id:
        views = day_views.read(only, day, past.last_id)
    elif is_open:
        views = day_views.extend(views, only, past.last_id)
    store.put(key, past.revision, views, views.bytes)
    return views


def _add(counts: Iterable[Counter[Key]]) -> Counter[Key]:
    total = Counter[Key]()
    for each in counts:
        total.update(each)
    return total
