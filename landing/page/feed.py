"""Context of the ``{% live_activity_feed %}`` tag: the first rows, the kinds, and the texts.

The browser's script continues with the same rows, so the server formats them exactly as
the script does.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext

from ..activity import recent
from ..activity.kinds import KINDS
from ..dates import from_unix_ms, isoformat, utc_now
from ..live.feed import Item
from . import endpoints, formatting, texts

#: The icon of an unregistered kind: a ring.
RING = "M9 12a3 3 0 1 0 6 0 3 3 0 0 0-6 0"
#: Ages below one minute change in steps of this many seconds, to keep the page calm.
STEP_SECONDS = 10


def build_context(limit: int) -> dict[str, Any]:
    """Return the template context of a feed with at most ``limit`` rows."""
    now = utc_now()
    feed_texts = texts.feed_texts()
    return {
        "limit": limit,
        **endpoints.find(),
        "rows": [_row(item, now) for item in recent.recent_items(limit)],
        "blank": _kind(""),
        "nothing": feed_texts["none"],
        "kinds": formatting.json_attribute({slug: _kind(slug) for slug in KINDS}),
        "words": formatting.json_attribute(feed_texts),
    }


def _row(item: Item, now: datetime) -> dict[str, Any]:
    created_at = from_unix_ms(item.timestamp_ms)
    return {
        **item._asdict(),
        **_kind(item.kind),
        "timestamp": isoformat(item.timestamp_ms),
        "ago": formatting.ago(_round_age(now - created_at)),
        "more": _more(item.skipped) if item.skipped else "",
    }


def _kind(slug: str) -> dict[str, str]:
    kind = KINDS.get(slug)
    if kind is None:
        return {"name": gettext("Activity"), "icon": RING}
    return {"name": str(kind.name), "icon": kind.icon}


def _more(skipped: int) -> str:
    return texts.skipped_phrase(skipped).replace("{count}", formatting.number(skipped))


def _round_age(age: timedelta) -> int:
    """Return the age in seconds, rounded down as the script rounds it."""
    seconds = max(0, int(age.total_seconds()))
    return seconds if seconds >= 60 else seconds // STEP_SECONDS * STEP_SECONDS
