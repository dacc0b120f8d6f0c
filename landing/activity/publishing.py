"""Publish an activity: store it, and push it to open pages after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ..models import Activity
from ..signals import activity_published
from . import delivery
from .validation import InvalidActivity, build_activity

#: Fields that must be equal when an external id is published again.
IDENTITY_FIELDS = ("kind", "text", "actor", "data")


def publish(
    *,
    kind: str,
    text: str,
    actor: str = "",
    data: Mapping[str, Any] | None = None,
    external_id: str | None = None,
    created_at: datetime | None = None,
) -> Activity:
    """Store an activity in the caller's transaction and push it after the commit.

    ``text`` and ``actor`` are cleaned and shortened to the column length. ``data`` is for
    programs and never shown. ``created_at`` is when it happened; now by default.
    Publishing an ``external_id`` again returns the stored activity and publishes nothing;
    kind, text, actor, and data must be equal.

    Raises:
        InvalidActivity: a field is not valid; ``errors`` names each field.
        django.db.Error: the row cannot be stored.
    """
    draft = build_activity(kind, text, actor, data, external_id, created_at)
    if (stored := _stored(draft)) is not None:
        return stored
    if created_at is None:
        draft.created_at = _next_time(draft.created_at)
    try:
        with transaction.atomic(using=delivery.database()):
            draft.save()
    except IntegrityError:
        # Another process stored the external id between the query and the insert.
        if (stored := _stored(draft)) is None:
            raise
        return stored
    # Two callbacks: when the decision fails, another process repeats it, but only this one
    # sends the signal.
    delivery.after_commit(delivery.decide, draft.pk)
    delivery.after_commit(_send_signal, draft.pk)
    return draft


def _next_time(now: datetime) -> datetime:
    """Return ``now``, or a time just after the newest activity if the clock was set back.

    With an earlier time, the feed would sort a new activity behind those it already shows.
    """
    newest = Activity.objects.newest_time(now)
    return now if newest is None or newest <= now else newest + timedelta(milliseconds=1)


async def apublish(**fields: Any) -> Activity:
    """Publish an activity from asynchronous code; see :func:`publish`."""
    return await sync_to_async(publish)(**fields)


def _stored(draft: Activity) -> Activity | None:
    """Return the activity stored under the draft's external id, or None.

    Raises InvalidActivity if it differs from the draft.
    """
    if draft.external_id is None:
        return None
    found = Activity.objects.filter(external_id=draft.external_id).first()
    if found is None:
        return None
    for field in IDENTITY_FIELDS:
        if getattr(found, field) != getattr(draft, field):
            raise InvalidActivity({"external_id": _("Already published with another %s.") % field})
    return cast("Activity", found)


def _send_signal(id: int) -> None:
    published = Activity.objects.filter(pk=id).first()
    if published is not None:
        activity_published.send_robust(sender=Activity, activity=published)
