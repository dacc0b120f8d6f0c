"""An admin list that stays fast with millions of rows.

Counting, ordering, and the date hierarchy read an index, and only as far as the pages reach.
Works with any model; its admin names the columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import takewhile
from typing import Any, NamedTuple

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import formats, timezone

#: Levels of the date hierarchy, each with the maximum days of its period.
LEVELS = {"year": 366, "month": 31, "day": 1}
TITLES = {"year": "Y", "month": "YEAR_MONTH_FORMAT", "day": "MONTH_DAY_FORMAT"}


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # takes none at run time
    """A paginator that counts up to ``most_rows`` and has pages for as many."""

    most_rows = 10_000

    @cached_property
    def count(self) -> int:
        return min(self._counted_rows, self.most_rows)

    @property
    def has_more(self) -> bool:
        """Return True if there are more rows than the pages show."""
        return self._counted_rows > self.most_rows

    @cached_property
    def _counted_rows(self) -> int:
        # Keep the order of the list, so that the database reads the same index.
        rows: Any = self.object_list[: self.most_rows + 1]
        return int(rows.count())


class Choice(NamedTuple):
    """A choice of the date hierarchy. ``link`` is None for the current page."""

    title: str
    link: str | None


class QuickChangeList(ChangeList):
    """A list with a :class:`CappedPaginator` that is sortable by one indexed column."""

    paginator: CappedPaginator

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.has_more = self.paginator.has_more
        if self.has_more:
            # "10000 results" next to the search box would be wrong. Equal counts hide it.
            self.full_result_count = self.result_count

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Return the admin's ordering, or its reverse if the sortable column is requested."""
        ordering = [str(name) for name in self.model_admin.get_ordering(request)]
        if self.params.get(ORDER_VAR) != str(self._sortable_column()):
            return ordering
        return [name[1:] if name.startswith("-") else f"-{name}" for name in ordering]

    def _sortable_column(self) -> int:
        (name,) = self.sortable_by or ()
        return list(self.list_display).index(name)

    def get_queryset(self, *arguments: Any, **options: Any) -> QuerySet[Any]:
        """Reject filters that only fail when the SQL is built, which Django would not catch."""
        if any("\0" in str(value) for value in self.params.values()):
            raise IncorrectLookupParameters("Filters must not contain NUL characters.")
        try:
            queryset = super().get_queryset(*arguments, **options)
            queryset.query.get_compiler(queryset.db).as_sql()
        except EmptyResultSet:
            pass
        except (ValueError, OverflowError) as error:  # for example, the end of the year 9999
            raise IncorrectLookupParameters(error) from error
        return queryset

    # -- the date hierarchy; Django's own scans every row --------------------------------

    def back(self) -> Choice | None:
        """Return the link to the level above, or None at the top."""
        selected = self._selected
        if not selected:
            return None
        if len(selected) == 1:
            return Choice("All dates", self._link())
        return self._choice(_day(*selected), tuple(LEVELS)[len(selected) - 2])

    def choices(self) -> list[Choice]:
        """Return the years, months, or days with rows on the next level."""
        selected = self._selected
        if len(selected) == len(LEVELS):
            return [Choice(_format_title(_day(*selected), "day"), None)]
        level = tuple(LEVELS)[len(selected)]
        days = find_periods(self.queryset, str(self.date_hierarchy), level)
        return [self._choice(day, level) for day in days]

    @cached_property
    def _selected(self) -> tuple[int, ...]:
        """Year, month, and day: those in the URL, else those that all rows share."""
        named = [self.params.get(f"{self.date_hierarchy}__{level}") for level in LEVELS]
        if named[0] is not None:
            return tuple(int(str(each)) for each in takewhile(bool, named))
        times = _times(self.queryset, str(self.date_hierarchy))
        first, last = times.first(), times.last()
        if first is None or last is None:
            return ()
        return _shared_period(_local_day(first), _local_day(last))

    def _choice(self, day: date, level: str) -> Choice:
        parts = zip(LEVELS, (day.year, day.month, day.day), strict=True)
        selected = dict(list(parts)[: list(LEVELS).index(level) + 1])
        return Choice(_format_title(day, level), self._link(**selected))

    def _link(self, **selected: int) -> str:
        prefix = f"{self.date_hierarchy}__"
        named = {f"{prefix}{level}": number for level, number in selected.items()}
        return self.get_query_string(named, [prefix])


def find_periods(queryset: QuerySet[Any], field: str, level: str) -> Iterator[date]:
    """Yield the first day of each year, month, or day with rows.

    Each period takes one query that reads one index entry. One more query finds the end.
    """
    times = _times(queryset, field)
    found = times.first()
    while found is not None:
        day = _floor(_local_day(found), level)
        yield day
        end = _floor(day + timedelta(days=LEVELS[level]), level)
        found = times.filter(**{f"{field}__gte": _midnight(end)}).first()


def _times(queryset: QuerySet[Any], field: str) -> QuerySet[Any, datetime]:
    return queryset.order_by(field).values_list(field, flat=True)


def _local_day(at: datetime) -> date:
    return timezone.localtime(at).date()


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _floor(day: date, level: str) -> date:
    if level == "day":
        return day
    return day.replace(day=1) if level == "month" else day.replace(month=1, day=1)


def _shared_period(first: date, last: date) -> tuple[int, ...]:
    """Return the year, or the year and month, that both dates share."""
    if first.year != last.year:
        return ()
    return (first.year,) if first.month != last.month else (first.year, first.month)


def _day(year: int, month: int = 1, day: int = 1) -> date:
    return date(year, month, day)


def _format_title(day: date, level: str) -> str:
    return formats.date_format(day, TITLES[level])
