"""An admin list that stays quick on millions of rows.

Owns how such a list is counted, ordered and split into years, months and days: by
walking along an index, only as far as a screen can show. Knows no model of this app;
:mod:`landing.admin.analytics` says which column is which.
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

#: Levels of the date hierarchy, and the most days that one of its periods has.
LEVELS = {"year": 366, "month": 31, "day": 1}
TITLES = {"year": "Y", "month": "YEAR_MONTH_FORMAT", "day": "MONTH_DAY_FORMAT"}


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # takes none at run time
    """Counts up to ``most_rows`` and gives pages to no more: nobody leafs any further."""

    most_rows = 10_000

    @cached_property
    def count(self) -> int:
        return min(self._counted_rows, self.most_rows)

    @property
    def has_more(self) -> bool:
        """Whether there are rows that no page shows."""
        return self._counted_rows > self.most_rows

    @cached_property
    def _counted_rows(self) -> int:
        # In the order of the list, so that the database walks the same index.
        rows: Any = self.object_list[: self.most_rows + 1]
        return int(rows.count())


class Choice(NamedTuple):
    """One link of the date hierarchy; no ``link`` where it leads to this very page."""

    title: str
    link: str | None


class QuickChangeList(ChangeList):
    """For a :class:`CappedPaginator`, and ``sortable_by`` of the one column with an index."""

    paginator: CappedPaginator

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.has_more = self.paginator.has_more
        if self.has_more:
            # "10000 results" beside the search box would be wrong; equal numbers hide it.
            self.full_result_count = self.result_count

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """As the model's admin says, or just the other way round, whatever is asked for."""
        ordering = [str(name) for name in self.model_admin.get_ordering(request)]
        if self.params.get(ORDER_VAR) != str(self._sortable_column()):
            return ordering
        return [name[1:] if name.startswith("-") else f"-{name}" for name in ordering]

    def _sortable_column(self) -> int:
        (name,) = self.sortable_by or ()
        return list(self.list_display).index(name)

    def get_queryset(self, *arguments: Any, **options: Any) -> QuerySet[Any]:
        """Refuses what no database could be asked: some of it shows only as a statement is made."""
        if any("\0" in str(value) for value in self.params.values()):
            raise IncorrectLookupParameters("NUL is no text.")
        try:
            queryset = super().get_queryset(*arguments, **options)
            queryset.query.sql_with_params()
        except EmptyResultSet:
            pass
        except (ValueError, OverflowError) as error:  # the end of the year 9999, for one
            raise IncorrectLookupParameters(error) from error
        return queryset

    # -- the date hierarchy; Django's own reads every row --------------------------------

    def back(self) -> Choice | None:
        """The way up from the year, month or day that is shown."""
        chosen = self._chosen
        if not chosen:
            return None
        if len(chosen) == 1:
            return Choice("All dates", self._link())
        return self._choice(_day(*chosen), tuple(LEVELS)[len(chosen) - 2])

    def choices(self) -> list[Choice]:
        """The years, months or days with rows that can be chosen next."""
        chosen = self._chosen
        if len(chosen) == len(LEVELS):
            return [Choice(_title(_day(*chosen), "day"), None)]
        level = tuple(LEVELS)[len(chosen)]
        days = periods(self.queryset, str(self.date_hierarchy), level)
        return [self._choice(day, level) for day in days]

    @cached_property
    def _chosen(self) -> tuple[int, ...]:
        """Year, month and day, as far as the address names them or there is but one."""
        named = [self.params.get(f"{self.date_hierarchy}__{level}") for level in LEVELS]
        if named[0] is not None:
            return tuple(int(str(each)) for each in takewhile(bool, named))
        moments = _moments(self.queryset, str(self.date_hierarchy))
        first, last = moments.first(), moments.last()
        if first is None or last is None:
            return ()
        return _common(_local_day(first), _local_day(last))

    def _choice(self, day: date, level: str) -> Choice:
        parts = zip(LEVELS, (day.year, day.month, day.day), strict=True)
        chosen = dict(list(parts)[: list(LEVELS).index(level) + 1])
        return Choice(_title(day, level), self._link(**chosen))

    def _link(self, **chosen: int) -> str:
        prefix = f"{self.date_hierarchy}__"
        named = {f"{prefix}{level}": number for level, number in chosen.items()}
        return self.get_query_string(named, [prefix])


def periods(queryset: QuerySet[Any], field: str, level: str) -> Iterator[date]:
    """The first day of each year, month or day with rows: one hop along the index each.

    One query per period, and one to find no more.
    """
    moments = _moments(queryset, field)
    found = moments.first()
    while found is not None:
        day = _floor(_local_day(found), level)
        yield day
        end = _floor(day + timedelta(days=LEVELS[level]), level)
        found = moments.filter(**{f"{field}__gte": _midnight(end)}).first()


def _moments(queryset: QuerySet[Any], field: str) -> QuerySet[Any, datetime]:
    return queryset.order_by(field).values_list(field, flat=True)


def _local_day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _floor(day: date, level: str) -> date:
    if level == "day":
        return day
    return day.replace(day=1) if level == "month" else day.replace(month=1, day=1)


def _common(first: date, last: date) -> tuple[int, ...]:
    """The year, and the month, in which both are."""
    if first.year != last.year:
        return ()
    return (first.year,) if first.month != last.month else (first.year, first.month)


def _day(year: int, month: int = 1, day: int = 1) -> date:
    return date(year, month, day)


def _title(day: date, level: str) -> str:
    return formats.date_format(day, TITLES[level])
