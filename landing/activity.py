"""Something happened: publish it, take it back, and say what the pages show.

Owns in which order things follow: the row, in the caller's transaction; after its commit
the decision whether the pages get it, the news to every worker, and the signal. Where a
worker serves, nobody waits for Redis. One that missed the news, or one whose publisher
died in between, finds both in the table (:func:`catch_up`). What a valid activity is says
:mod:`landing.activity_draft`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple, TypeVar, cast

from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import IntegrityError, router, transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from landing import activity_turns, conf
from landing.activity_draft import EPOCH, InvalidActivity, drafted
from landing.activity_text import ActorDisplay, displayed
from landing.live import group, worker
from landing.live.feed import FEED_ITEMS, Item, News, Removed
from landing.live.presence import backend
from landing.managers import Reach
from landing.models import Activity
from landing.signals import activity_published

T = TypeVar("T")

logger = logging.getLogger(__name__)

#: Keys in one statement.
BATCH = 500
#: Decided at one look by who catches up; more follow at the next.
MAX_WAITING = 100


class _Row(NamedTuple):
    """What is asked of a row before it is hidden or shown."""

    pk: int
    reach: str
    created_at: datetime


def publish(
    *,
    kind: str,
    text: str,
    actor: str = "",
    data: Mapping[str, Any] | None = None,
    external_id: str | None = None,
    created_at: datetime | None = None,
) -> Activity:
    """Store an activity with the caller's transaction; after its commit, push it.

    ``text`` and ``actor`` are cleaned, and cut where they are too long. ``data`` is kept
    for programs and never shown. With an ``external_id`` that was published before,
    nothing is published and the stored activity returned; it must be the same one.
    ``created_at``, now unless given, is when it happened.

    Raises :class:`InvalidActivity`, and what the database raises.
    """
    draft = drafted(kind, text, actor, data, external_id, created_at)
    if (known := _stored(draft)) is not None:
        return known
    try:
        with transaction.atomic(using=_database()):
            draft.save()
    except IntegrityError:
        # Somebody else's, stored between our look and our row.
        if (known := _stored(draft)) is None:
            raise
        return known
    # Each for itself: where the decision fails, another process will make it, but never
    # send the signal.
    _after_commit(_decide, draft.pk)
    _after_commit(_send_signal, draft.pk)
    return draft


async def apublish(**fields: Any) -> Activity:
    """As :func:`publish`."""
    return await sync_to_async(publish)(**fields)


def hide(ids: Iterable[int]) -> int:
    """Take them from every page, after the commit; returns how many were visible."""
    with transaction.atomic(using=_database()):
        hidden = _set_hidden(ids, True)
        # Of those that reached them. What was on the pages before would not say it: a decision
        # may have been under way, for which hiding waited.
        reached = [row for row in hidden if row.reach == Reach.PUSHED]
        for row in sorted(reached, key=lambda row: (row.created_at, row.pk))[-FEED_ITEMS:]:
            _after_commit(_tell, Removed(row.pk))
    return len(hidden)


def show(ids: Iterable[int]) -> int:
    """Let them be seen again, on pages too if they were there; returns how many were hidden."""
    with transaction.atomic(using=_database()):
        shown = {row.pk for row in _set_hidden(ids, False)}
        for activity in _newest_on_pages():
            if activity.pk in shown:
                _after_commit(_tell, item_of(activity))
    return len(shown)


def withdraw(ids: Iterable[int]) -> None:
    """Call it before these go, in the same transaction: after it they disappear from pages."""
    on_pages = {activity.pk for activity in _newest_on_pages()}
    for id in on_pages.intersection(ids):
        _after_commit(_tell, Removed(id))


def recent(limit: int = FEED_ITEMS) -> Sequence[Item]:
    """What the pages show, newest first. No query, but in a process without a worker.

    In a running event loop nothing may be waited for: what this process knows already.
    """
    live = worker.current()
    if live is not None:
        return live.broadcaster.feed.told[:limit]
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return [item_of(activity) for activity in _newest_on_pages()[:limit]]
    return ()


def catch_up() -> list[Item]:
    """What the pages are to show, as the table has it, newest first.

    Decides first on what nobody has decided: whoever published it did not live to.
    """
    # None of them has a decided_at. By the key alone PostgreSQL would rather walk the whole
    # table, each heartbeat, where its statistics remember many that waited.
    waiting = Activity.objects.waiting().order_by("decided_at", "pk")
    for id in waiting.values_list("pk", flat=True)[:MAX_WAITING]:
        _decide(id)
    return [item_of(activity) for activity in _newest_on_pages()]


def _newest_on_pages() -> QuerySet[Activity]:
    return Activity.objects.on_pages()[:FEED_ITEMS]


def item_of(activity: Activity) -> Item:
    """As everybody sees it."""
    display = ActorDisplay(conf.read().activity_actor_display)
    # One wording for all: in the language of who published it, it would be another item than
    # the one that a worker reads from the table, and be told again.
    with translation.override(settings.LANGUAGE_CODE):
        actor = displayed(activity.actor, display)
    return Item(
        activity.pk,
        activity.kind,
        activity.text,
        actor,
        (activity.created_at - EPOCH) // timedelta(milliseconds=1),
        activity.skipped,
    )


# -- before the commit ---------------------------------------------------------------


def _stored(draft: Activity) -> Activity | None:
    """The activity that was published under the same external id, if it is the same."""
    if draft.external_id is None:
        return None
    found = Activity.objects.filter(external_id=draft.external_id).first()
    if found is None:
        return None
    for field in ("kind", "text", "actor", "data"):
        if getattr(found, field) != getattr(draft, field):
            raise InvalidActivity(
                {"external_id": _("Something else was published with it: see its %s.") % field}
            )
    return cast("Activity", found)


def _set_hidden(ids: Iterable[int], hidden: bool) -> list[_Row]:
    """Those of them that were not; in the caller's transaction."""
    changed: list[_Row] = []
    remaining = iter(ids)
    while batch := list(islice(remaining, BATCH)):
        rows = Activity.objects.filter(pk__in=batch, is_hidden=not hidden)
        found = [_Row(*row) for row in rows.select_for_update().values_list(*_Row._fields)]
        Activity.objects.filter(pk__in=[row.pk for row in found]).update(is_hidden=hidden)
        changed += found
    return changed


def _after_commit(do: Callable[[T], None], what: T) -> None:
    """Nothing follows from a rollback; what fails here is logged, and found by who catches up."""

    # Django names in its log what failed, so this must have a name: no partial.
    def follow() -> None:
        do(what)

    transaction.on_commit(follow, using=_database(), robust=True)


def _database() -> str:
    return router.db_for_write(Activity)


# -- after the commit ----------------------------------------------------------------


def _send_signal(id: int) -> None:
    published = Activity.objects.filter(pk=id).first()
    if published is not None:
        activity_published.send_robust(sender=Activity, activity=published)


def _decide(id: int) -> None:
    """If it fails, the next heartbeat of any worker makes up for it."""
    decided = activity_turns.decide(id)
    if decided is not None and decided.reach == Reach.PUSHED:
        _tell(item_of(decided))


def _tell(news: News) -> None:
    """Every worker. One in this process does it; a command or a WSGI process by itself."""
    live = worker.current()
    if live is not None:
        live.announce(news)
    elif backend.is_shared():
        layer = cast("group.ChannelLayer", get_channel_layer())
        async_to_sync(group.tell)(layer, news, conf.read().redis_timeout_seconds)
