"""The newest activities, in the form in which pages show them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.conf import settings
from django.db import Error as DatabaseError
from django.db.models import QuerySet
from django.utils import translation

from .. import conf
from ..dates import to_unix_ms
from ..live import worker
from ..live.feed import FEED_ITEMS, Item
from ..models import Activity
from ..resilience import errors
from ..resilience.loops import is_in_event_loop
from ..resilience.outage import Outage
from .text import ActorDisplay, format_actor

outage = Outage(
    logging.getLogger(__name__),
    "Reading activities for a page",
    "the feed starts empty",
    errors=errors.database.labels("read_feed"),
)


def recent_items(limit: int = FEED_ITEMS) -> Sequence[Item]:
    """Return what pages show, newest first, at most ``limit`` items.

    A worker answers from memory. A process without a worker queries the table, unless it
    runs an event loop, which must not block: then the result is empty. It is also empty if
    the database fails.
    """
    live = worker.current()
    if live.is_serving:
        return live.feed_items()[:limit]
    return () if is_in_event_loop() else _read(limit)


def _read(limit: int) -> Sequence[Item]:
    try:
        items = [item_of(activity) for activity in newest_on_pages()[:limit]]
    except DatabaseError as error:
        outage.record_failure(error)
        return ()
    outage.record_success()
    return items


def newest_on_pages() -> QuerySet[Activity]:
    """Return the activities of a full feed, newest first."""
    return Activity.objects.on_pages()[:FEED_ITEMS]


def item_of(activity: Activity) -> Item:
    """Return the activity as the public sees it."""
    display = ActorDisplay(conf.read().LANDING_ACTIVITY_ACTOR_DISPLAY)
    # One language for everybody: in the publisher's language, the item would differ from the
    # one that a worker reads from the table, and workers would send it again.
    with translation.override(settings.LANGUAGE_CODE):
        actor = format_actor(activity.actor, display)
    return Item(
        activity.pk,
        activity.kind,
        activity.text,
        actor,
        to_unix_ms(activity.created_at),
        activity.skipped,
    )
