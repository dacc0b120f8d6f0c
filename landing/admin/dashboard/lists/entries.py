"""Read the most frequent values of a column, with their page views in both ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ....analytics.rollups import reading
from ....analytics.rollups.past_days import PastDays
from ....tables.rollups import Dimension
from .. import filtered_queries
from ..filters import Filter
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


def read_pages(shown: Range, only: Filter, past: PastDays) -> Entries:
    """Return the most frequent pages."""
    return _read_top("path", shown, TOP, only, past)


def read_referrers(shown: Range, only: Filter, past: PastDays) -> Entries:
    """Return the most frequent referrers; "" counts page views without a referrer."""
    return _read_top("referrer_host", shown, REFERRERS, only, past)


def read_dimensions(shown: Range, only: Filter, past: PastDays) -> Mapping[str, Entries]:
    """Return the most frequent values of each dimension, without page views of an unknown one."""
    if only:
        counted = filtered_queries.read_dimensions(shown, only, past)
    else:
        days, before = ((each.first, each.last) for each in (shown, shown.before))
        counted = reading.read_dimensions(days, before, past)
    found = sorted((each for each in counted if each[2]), key=lambda each: (-each[2], each[1]))
    return {
        dimension.value: tuple(TopEntry(*each[1:]) for each in found if each[0] == dimension)[:TOP]
        for dimension in Dimension
    }


def _read_top(column: str, shown: Range, limit: int, only: Filter, past: PastDays) -> Entries:
    if reading.can_list(only.conditions):
        days, before = ((each.first, each.last) for each in (shown, shown.before))
        top = reading.read_top(column, days, before, limit, only.conditions, past)
    else:
        top = filtered_queries.read_top(column, shown, limit, only, past)
    return tuple(TopEntry(*entry) for entry in top)
