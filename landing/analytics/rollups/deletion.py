"""Delete analytics rows and their counts in the rollups, so that the figures stay right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ...dates import day_start, site_day, unix_minute
from ...models import Analytics
from ...tables import own_database
from ...tables.querysets import AnalyticsQuerySet
from ...tables.rollups import (
    DimensionCount,
    PageCount,
    RollupState,
    SlotCount,
    VisitorCount,
    VisitorDay,
)
from . import changes, past_days, storage
from .changes import Counted, Days, Row


def forget_visitor(visitor: bytes) -> int:
    """Delete all rows of a visitor, and each trace in the rollups; return the count of the rows."""
    rows: AnalyticsQuerySet = Analytics.objects.filter(visitor_id=visitor)
    with own_database.atomic():
        state = storage.lock()
        _subtract_page_views(rows, state)
        storage.change_visitors(storage.read_days([visitor]), {visitor: {}})
        deleted, _ = rows.delete()
        past_days.discard()
    return deleted


def delete_rows(rows: AnalyticsQuerySet) -> int:
    """Delete some rows in one transaction; return how many."""
    with own_database.atomic():
        state = storage.lock()
        counted = _subtract_page_views(rows, state)
        deleted, _ = rows.delete()
        _keep_days_with_rows(counted, state)
        past_days.discard()
    return deleted


def clear_demo_days() -> None:
    """Note that the table has no demo data."""
    past_days.discard()
    RollupState.objects.filter(pk=1).update(first_demo_day=None, last_demo_day=None)


def count_old(now: datetime, days: int) -> int:
    """Return how many rows of the rollups :func:`prune` would delete, from a scan of them."""
    before = _first_kept_day(now, days)
    return sum(table._default_manager.filter(day__lt=before).count() for table in storage.TABLES)


def prune(now: datetime, days: int, batch_rows: int) -> Iterator[int]:
    """Delete the rollups of days whose page views are gone, a batch per ``next()``.

    Yield how many rows each batch had.
    """
    before = _first_kept_day(now, days)
    first_slot = unix_minute(day_start(date.fromordinal(before)))
    for old in (
        SlotCount.objects.filter(slot__lt=first_slot).order_by("slot"),
        VisitorCount.objects.filter(day__lt=before).order_by("day"),
        PageCount.objects.filter(day__lt=before).order_by("day"),
        DimensionCount.objects.filter(day__lt=before).order_by("day"),
    ):
        while keys := list(old.values_list("pk", flat=True)[:batch_rows]):
            yield int(old.model._default_manager.filter(pk__in=keys).delete()[0])
    yield from _prune_visitor_days(before, batch_rows)


def _prune_visitor_days(before: int, batch_rows: int) -> Iterator[int]:
    """Walk along the key until a batch has no old row, so that the day needs no index.

    Keys are about in the order of days. A later run finds the few old rows behind newer ones.
    """
    last = 0
    while True:
        rows = VisitorDay.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "day")
        found = list(rows[:batch_rows])
        keys = [key for key, day in found if day < before]
        if not keys:
            return
        last = found[-1][0]
        yield int(VisitorDay.objects.filter(pk__in=keys).delete()[0])


def _first_kept_day(now: datetime, days: int) -> int:
    return site_day(now - timedelta(days=days)).toordinal()


def _subtract_page_views(rows: AnalyticsQuerySet, state: RollupState) -> Counted:
    """Subtract the page views of the rows that are counted; return their counts."""
    values = rows.filter(pk__lte=state.last_id).order_by().values_list(*Row._fields)
    counted = changes.count(Row(*row) for row in values)
    storage.add_page_views(counted, -1)
    return counted


def _keep_days_with_rows(counted: Counted, state: RollupState) -> None:
    """Read again when visitors were first seen, on the days from which rows were deleted."""
    before = storage.read_days(counted.visitors)
    after: dict[bytes, Days] = {visitor: dict(days) for visitor, days in before.items()}
    by_day: dict[int, list[bytes]] = {}
    for visitor, days in counted.visitors.items():
        for day in days:
            after[visitor].pop(day, None)
            by_day.setdefault(day, []).append(visitor)
    for day, visitors in by_day.items():
        for visitor, days in _count_day(day, visitors, state).visitors.items():
            after[visitor] |= days
    storage.change_visitors(before, after)


def _count_day(day: int, visitors: list[bytes], state: RollupState) -> Counted:
    """Count the rows of some visitors on one day."""
    start, end = (day_start(date.fromordinal(each)) for each in (day, day + 1))
    rows = Analytics.objects.since(start).before(end).filter(pk__lte=state.last_id).order_by()
    size = storage.VISITORS_PER_QUERY
    batches = [visitors[first : first + size] for first in range(0, len(visitors), size)]
    return changes.count(
        Row(*row)
        for batch in batches
        for row in rows.filter(visitor_id__in=batch).values_list(*Row._fields)
    )
