"""Deliver committed activities: apply the rate limit, then push to every open page.

Workers learn of a change by a message. A worker that missed the message, or whose
publisher died before sending it, finds the change in the table (:func:`catch_up`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import router, transaction

from ..limits import hits
from ..limits.hits import Limit
from ..live import worker
from ..live.feed import FeedChange, Item
from ..models import Activity
from . import rate_limit
from .recent import item_of, newest_on_pages

T = TypeVar("T")

#: Undecided activities that one :func:`catch_up` decides; the next call decides more.
MAX_DECISIONS = 100


def database() -> str:
    """Return the alias of the database that stores activities."""
    return router.db_for_write(Activity)


def after_commit(action: Callable[[T], None], argument: T) -> None:
    """Call ``action(argument)`` once the current transaction commits.

    A rollback drops the call. An exception is logged; :func:`catch_up` repairs what it left.
    """

    # Django logs the name of a function that failed, and a partial has none.
    def run() -> None:
        action(argument)

    transaction.on_commit(run, using=database(), robust=True)


def decide(id: int) -> None:
    """Apply the rate limit to an activity and push it if it is within the limit."""
    decided = rate_limit.decide(id)
    if decided is None:
        return
    if decided.reach == Activity.Reach.PUSHED:
        push(item_of(decided))
    elif not decided.is_hidden:
        hits.count(Limit.ACTIVITIES)


def push(change: FeedChange) -> None:
    """Send a feed change to every worker."""
    worker.current().publish_activity(change)


def catch_up() -> list[Item]:
    """Decide on abandoned activities, then return what pages show, newest first."""
    # Undecided rows have no decided_at. Ordered by primary key alone, PostgreSQL would walk
    # the whole table on each heartbeat when its statistics remember many undecided rows.
    undecided = Activity.objects.waiting().order_by("decided_at", "pk")
    for id in undecided.values_list("pk", flat=True)[:MAX_DECISIONS]:
        decide(id)
    return [item_of(activity) for activity in newest_on_pages()]
