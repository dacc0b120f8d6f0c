"""Store changes of the rollups. Each function runs in the transaction of its caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import models
from django.db.models import F
from django.utils import timezone

from ...tables import own_database
from ...tables.rollups import (
    DimensionCount,
    PageCount,
    RollupState,
    SlotCount,
    VisitorCount,
    VisitorDay,
)
from . import changes
from .changes import Counted, Days, FirstSeen

#: Visitors per query, below the limits of all databases.
VISITORS_PER_QUERY = 500
TABLES = (VisitorDay, VisitorCount, SlotCount, PageCount, DimensionCount)
ADD = "INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE SET "


def lock() -> RollupState:
    """Return the state, locked until the transaction ends; start again in a new time zone."""
    RollupState.objects.get_or_create(pk=1)
    # An update locks the row on every database.
    RollupState.objects.filter(pk=1).update(last_id=F("last_id"))
    state = RollupState.objects.get(pk=1)
    zone = timezone.get_default_timezone_name()
    if state.zone != zone:
        clear()
        state = RollupState(pk=1, zone=zone, revision=state.revision + 1)
        state.save()
    return state


def clear() -> None:
    """Delete all rollups."""
    for table in TABLES:
        table._default_manager.all().delete()


def add_page_views(counted: Counted, sign: int = 1) -> None:
    """Add the page views, or subtract them with ``sign=-1``."""
    slots = [(slot, changes.day_of(slot), sign * views) for slot, views in counted.slots.items()]
    _add(SlotCount, ("slot", "day", "page_views"), ("slot",), slots)
    pages = [(*page, sign * views) for page, views in counted.pages.items()]
    columns = ("day", "path", "referrer_host", "page_views")
    _add(PageCount, columns, columns[:-1], pages)
    dimensions = [(*key, sign * views) for key, views in counted.dimensions.items()]
    columns = ("day", "dimension", "value", "page_views")
    _add(DimensionCount, columns, columns[:-1], dimensions)
    if sign < 0:
        days = {day for day, _, _ in counted.pages}
        for table in (SlotCount, PageCount, DimensionCount):
            table._default_manager.filter(day__in=days, page_views__lte=0).delete()


def read_days(visitors: Iterable[bytes], since: int = 0) -> dict[bytes, Days]:
    """Return the stored days of each visitor from the day ``since`` on."""
    found: dict[bytes, Days] = {visitor: {} for visitor in visitors}
    for batch in _split(found):
        rows = VisitorDay.objects.filter(visitor_id__in=batch, day__gte=since)
        for visitor, day, slot, is_signed_in in rows.values_list(
            "visitor_id", "day", "slot", "is_signed_in"
        ):
            found[bytes(visitor)][day] = FirstSeen(slot, bool(is_signed_in))
    return found


def find_seen(visitors: Iterable[bytes], since: int, day: int, slot: int) -> set[bytes]:
    """Return the visitors who were seen from the day ``since`` until this slot of a day."""
    seen: set[bytes] = set()
    for batch in _split(visitors):
        rows = VisitorDay.objects.filter(visitor_id__in=batch).values_list("visitor_id", flat=True)
        # Reads the index only.
        seen.update(map(bytes, rows.filter(day__gte=since, day__lt=day).distinct()))
        seen.update(map(bytes, rows.filter(day=day, slot__lt=slot)))
    return seen


def _split(visitors: Iterable[bytes]) -> Iterator[list[bytes]]:
    remaining = iter(visitors)
    while batch := list(islice(remaining, VISITORS_PER_QUERY)):
        yield batch


def change_visitors(before: Mapping[bytes, Days], after: Mapping[bytes, Days]) -> None:
    """Replace the days of each visitor, and change the counts accordingly."""
    counts = changes.compare(before.values(), after.values())
    columns = ("day", "slot", "gap", "is_signed_in", "visitors")
    rows = [(*key, visitors) for key, visitors in counts.items()]
    _add(VisitorCount, columns, columns[:-1], rows)
    if any(visitors < 0 for visitors in counts.values()):
        days = {key[0] for key in counts}
        VisitorCount.objects.filter(day__in=days, visitors__lte=0).delete()
    for visitor, days_before in before.items():
        if gone := set(days_before) - set(after[visitor]):
            VisitorDay.objects.filter(visitor_id=visitor, day__in=gone).delete()
    changed = [
        (visitor, day, *seen)
        for visitor, days_after in after.items()
        for day, seen in days_after.items()
        if before[visitor].get(day) != seen
    ]
    _replace(VisitorDay, ("visitor_id", "day", "slot", "is_signed_in"), changed)


def _add(
    table: type[models.Model],
    columns: Sequence[str],
    key: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Insert the rows. If a key exists, add the last column."""
    name, value = table._meta.db_table, columns[-1]
    _execute(table, columns, key, f"{value} = {name}.{value} + excluded.{value}", rows)


def _replace(
    table: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert the rows. If the first two columns exist, replace the others."""
    change = ", ".join(f"{column} = excluded.{column}" for column in columns[2:])
    _execute(table, columns, columns[:2], change, rows)


def _execute(
    table: type[models.Model],
    columns: Sequence[str],
    key: Sequence[str],
    change: str,
    rows: Sequence[Sequence[Any]],
) -> None:
    if not rows:
        return
    statement = ADD.format(
        table=table._meta.db_table,
        columns=", ".join(columns),
        places=", ".join(["%s"] * len(columns)),
        key=", ".join(key),
    )
    with own_database.connection().cursor() as cursor:
        cursor.executemany(statement + change, rows)
