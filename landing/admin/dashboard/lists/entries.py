"""Read the most frequent values of a column, with their page views in both ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ....analytics.rollups import reading
from ....analytics.rollups.past_days import PastDays
from ....tables.rollups import Dimension
from ..filtered.figures import FilteredFigures
from ..ranges import Range

#: Length of a list.
TOP = 10
#: Referrers to read. The view removes page views without a referrer, the site itself, and spam.
REFERRERS = 5 * TOP


@dataclass(frozen=True, slots=True)
class TopEntry:
    """One entry of a list, with its page views in the whole range before."""

    name: str
    page_views: int
    before: int = 0


Entries = tuple[TopEntry, ...]


def read_pages(shown: Range, past: PastDays, found: FilteredFigures | None) -> Entries:
    """Return the most frequent pages, of the whole site or of a filter."""
    return _read_top("path", shown, TOP, past, found)


def read_referrers(shown: Range, past: PastDays, found: FilteredFigures | None) -> Entries:
    """Return the most frequent referrers; "" counts page views without a referrer."""
    return _read_top("referrer_host", shown, REFERRERS, past, found)


def read_dimensions(
    shown: Range, past: PastDays, found: FilteredFigures | None
) -> Mapping[str, Entries]:
    """Return the most frequent values of each dimension, without page views of an unknown one."""
    if found:
        counted = [(each.value, *entry) for each in Dimension for entry in found.list_values(each)]
    else:
        days, before = ((each.first, each.last) for each in (shown, shown.before))
        counted = reading.read_dimensions(days, before, past)
    listed = sorted(
        (each for each in counted if each[1] and each[2]), key=lambda each: (-each[2], each[1])
    )
    return {
        dimension.value: tuple(TopEntry(*each[1:]) for each in listed if each[0] == dimension)[:TOP]
        for dimension in Dimension
    }


def _read_top(
    column: str, shown: Range, limit: int, past: PastDays, found: FilteredFigures | None
) -> Entries:
    if found:
        top = found.list_values(column)[:limit]
    else:
        days, before = ((each.first, each.last) for each in (shown, shown.before))
        top = reading.read_top(column, days, before, limit, past)
    return tuple(TopEntry(*entry) for entry in top)
