"""Count new analytics rows in batches.

A batch is one transaction: it locks the state, counts the rows after the last key, and stores the
new last key. So each row is counted once, also if several processes count, or one of them ends
within a batch. Rows with an old time are counted in the day of that time.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone

from ...dates import utc_now
from ...models import Analytics
from ...tables import own_database
from ...tables.rollups import RollupState
from . import changes, countable_rows, past_days, storage
from .changes import MAX_GAP, Counted, Row

BATCH_ROWS = 5000


def count_new_rows(max_batches: int | None = None) -> Iterator[int]:
    """Count one batch per ``next()``, and yield how many rows it had, until none is left."""
    last_key = countable_rows.read_last_key()
    if last_key is None or _is_counted(last_key):
        return
    batches = 0
    while max_batches is None or batches < max_batches:
        rows = _count_batch(last_key)
        yield rows
        if rows < BATCH_ROWS:
            return
        batches += 1


def _is_counted(last_key: int) -> bool:
    """Return whether no row is new, without a lock and a write."""
    zone = timezone.get_default_timezone_name()
    return RollupState.objects.filter(pk=1, last_id__gte=last_key, zone=zone).exists()


def has_uncounted_rows() -> bool:
    """Return whether a batch or more is waiting."""
    last_id = RollupState.objects.values_list("last_id", flat=True).filter(pk=1).first() or 0
    keys = Analytics.objects.filter(pk__gt=last_id).order_by("pk").values_list("pk")
    return bool(keys[BATCH_ROWS - 1 : BATCH_ROWS])


def _count_batch(last_key: int) -> int:
    with own_database.atomic():
        state = storage.lock()
        new = Analytics.objects.filter(pk__gt=state.last_id, pk__lte=last_key).order_by("pk")
        rows = [Row(*row) for row in new.values_list(*Row._fields)[:BATCH_ROWS]]
        if rows:
            counted = changes.count(rows)
            storage.add_page_views(counted)
            _add_visitors(counted)
            _note_demo(state, counted.demo_days)
            state.last_id = rows[-1].id
            days = {day for each in counted.visitors.values() for day in each}
            state.revision += past_days.has_past(days, utc_now())
            state.save()
    return len(rows)


def _add_visitors(counted: Counted) -> None:
    # An earlier day is too far away to change a gap.
    since = min(min(days) for days in counted.visitors.values()) - MAX_GAP
    before = storage.read_days(counted.visitors, since)
    after = {
        visitor: changes.merge(before[visitor], days) for visitor, days in counted.visitors.items()
    }
    storage.change_visitors(before, after)


def _note_demo(state: RollupState, days: set[int]) -> None:
    if days:
        first, last = min(days), max(days)
        state.first_demo_day = min(first, state.first_demo_day or first)
        state.last_demo_day = max(last, state.last_demo_day or last)
