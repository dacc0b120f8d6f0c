"""Find the most frequent values of a column, with their page views on two ranges of days.

Of the past days, the cache has only the most frequent values. Any other value that may belong to
the list is counted exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from .past_days import Days, PastDays

#: Values of a column that are kept of the past days.
KEPT_VALUES = 1000
#: Returns a query set of values of the column, as ``name``, with their page views, as ``views``.
Query = Callable[[Days], Any]


class _Ranking(NamedTuple):
    """The most frequent values. Each other value has at most ``least`` page views."""

    views: dict[str, int]
    least: int


def read(
    query: Query,
    question: tuple[Hashable, ...],
    ranges: tuple[Days, Days],
    limit: int,
    past: PastDays,
) -> list[tuple[str, int, int]]:
    """Return the most frequent values of the first range, with their page views on both ranges."""
    counts = _Column(query, question, past)
    days, days_before = ranges
    top = counts.read_top(days, limit)
    before = counts.count([name for name, _ in top], days_before)
    return [(name, views, before[name]) for name, views in top]


@dataclass(frozen=True, slots=True)
class _Column:
    """The counts of one column."""

    query: Query
    question: tuple[Hashable, ...]
    past: PastDays

    def read_top(self, days: Days, limit: int) -> list[tuple[str, int]]:
        """Return the values with the most page views, in the order of the list."""
        rankings = self._read_rankings(days)
        total = _add(rankings)
        likely = _sort(total, limit)
        least = likely[-1][1] if len(likely) == limit else 0
        unlisted = sum(ranking.least for ranking in rankings)
        doubtful = [name for name, views in total.items() if views + unlisted >= least]
        return _sort(self._count(doubtful, days, rankings), limit)

    def count(self, names: Collection[str], days: Days) -> Counter[str]:
        """Return the page views of these values."""
        return self._count(names, days, self._read_rankings(days))

    def _count(
        self, names: Collection[str], days: Days, rankings: Iterable[_Ranking]
    ) -> Counter[str]:
        missing = {
            name
            for ranking in rankings
            for name in names
            if ranking.least and name not in ranking.views
        }
        total = _add(rankings)
        counts = Counter({name: total[name] for name in names if name not in missing})
        if missing:
            named = tuple(sorted(missing))
            answers = self.past.read(
                (*self.question, named), days, partial(self._count_named, named)
            )
            for answer in answers:
                counts.update(answer)
        return counts

    def _count_named(self, names: tuple[str, ...], first: date, last: date) -> dict[str, int]:
        return dict(self.query((first, last)).filter(name__in=names))

    def _read_rankings(self, days: Days) -> list[_Ranking]:
        return self.past.read((*self.question, KEPT_VALUES), days, self._rank)

    def _rank(self, first: date, last: date) -> _Ranking:
        kept = KEPT_VALUES if last < self.past.first_open else None
        found = list(self.query((first, last)).order_by("-views", "name")[:kept])
        return _Ranking(dict(found), found[-1][1] if kept and len(found) == kept else 0)


def _add(rankings: Iterable[_Ranking]) -> Counter[str]:
    total: Counter[str] = Counter()
    for ranking in rankings:
        total.update(ranking.views)
    return total


def _sort(views: Counter[str], limit: int) -> list[tuple[str, int]]:
    return sorted(views.items(), key=lambda entry: (-entry[1], entry[0]))[:limit]
