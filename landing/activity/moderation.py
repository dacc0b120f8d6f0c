"""Hide activities from every page, show them again, and remove deleted ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.db import transaction

from ..live.feed import FEED_ITEMS, Removed
from ..models import Activity
from . import delivery
from .recent import item_of, newest_on_pages

#: Primary keys in one SQL statement.
BATCH_KEYS = 500


class _Changed(NamedTuple):
    """The columns of a row that was hidden or shown."""

    pk: int
    reach: str
    created_at: datetime


def hide(ids: Iterable[int]) -> int:
    """Hide activities from every page after the commit; return how many were visible."""
    return len(set_hidden(ids, True))


def show(ids: Iterable[int]) -> int:
    """Show hidden activities again; return how many were hidden.

    Open pages get back those that they showed before.
    """
    return len(set_hidden(ids, False))


def set_hidden(ids: Iterable[int], hidden: bool) -> list[int]:
    """Hide or show activities; return the primary keys of those that this changed."""
    with transaction.atomic(using=delivery.database()):
        changed = _update_rows(ids, hidden)
        if hidden:
            _remove_from_pages(changed)
        else:
            _return_to_pages(changed)
    return [row.pk for row in changed]


def withdraw(ids: Iterable[int]) -> None:
    """Remove activities from pages after the commit of the transaction that deletes them.

    Call it before the deletion, in the same transaction.
    """
    on_pages = {activity.pk for activity in newest_on_pages()}
    for id in on_pages.intersection(ids):
        delivery.after_commit(delivery.push, Removed(id))


def _remove_from_pages(hidden: list[_Changed]) -> None:
    # Check the reach read under the row lock: hiding waited for any decision in progress.
    pushed = [row for row in hidden if row.reach == Activity.Reach.PUSHED]
    for row in sorted(pushed, key=lambda row: (row.created_at, row.pk))[-FEED_ITEMS:]:
        delivery.after_commit(delivery.push, Removed(row.pk))


def _return_to_pages(shown: list[_Changed]) -> None:
    keys = {row.pk for row in shown}
    for activity in newest_on_pages():
        if activity.pk in keys:
            delivery.after_commit(delivery.push, item_of(activity))


def _update_rows(ids: Iterable[int], hidden: bool) -> list[_Changed]:
    """Set ``is_hidden`` and return the rows that this changed, locked until the commit."""
    changed: list[_Changed] = []
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH_KEYS)):
        rows = Activity.objects.filter(pk__in=batch, is_hidden=not hidden)
        found = [_Changed(*row) for row in rows.select_for_update().values_list(*_Changed._fields)]
        Activity.objects.filter(pk__in=[row.pk for row in found]).update(is_hidden=hidden)
        changed += found
    return changed
