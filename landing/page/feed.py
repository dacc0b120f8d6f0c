"""What the template of ``{% live_activity_feed %}`` gets: the first rows, and all words.

The browser's script goes on where this ends: what it finds looks as it would have
written it. Knows no element and no frame.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from ..activity import kinds, recent
from ..dates import isoformat
from ..live.feed import Item
from . import formatting, plurals

#: The icon of a kind that is not known (any more): a ring.
RING = "M9 12a3 3 0 1 0 6 0 3 3 0 0 0-6 0"
UNITS = (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1))
#: Under a minute times are told in steps of so much.
CALM = timedelta(seconds=10)
#: What must not stand in an attribute between single quotes, as JSON writes it.
_IN_JSON = {ord(each): f"\\u{ord(each):04x}" for each in "&<>'"}


def of(limit: int) -> dict[str, Any]:
    """In the language that is active now."""
    now = timezone.now()
    nothing = gettext("No activity yet. New sign-ups and purchases appear here live.")
    return {
        "limit": limit,
        "rows": [_row(item, now) for item in recent.recent_items(limit)],
        "blank": _kind(""),
        "nothing": nothing,
        "kinds": attribute({slug: _kind(slug) for slug in kinds.known()}),
        "words": attribute(
            {
                "none": nothing,
                "down": gettext(
                    "Not connected. New activity appears here once the connection is back."
                ),
                "new": plurals.forms(lambda n: ngettext("{count} new", "{count} new", n)),
                "more": plurals.forms(_more),
            }
        ),
    }


def attribute(value: object) -> SafeString:
    """JSON for an attribute between single quotes: half as long as with each quote escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return mark_safe(text.translate(_IN_JSON))  # noqa: S308 - nothing is left that ends it


def _row(item: Item, now: datetime) -> dict[str, Any]:
    moment = datetime.fromtimestamp(item.timestamp_ms / 1000, UTC)
    skipped = formatting.number(item.skipped)
    return {
        **item._asdict(),
        **_kind(item.kind),
        "timestamp": isoformat(item.timestamp_ms),
        "ago": formatting.ago(_calm(now - moment).total_seconds()),
        "more": _more(item.skipped).replace("{count}", skipped) if item.skipped else "",
    }


def _kind(slug: str) -> dict[str, str]:
    kind = kinds.known().get(slug)
    if kind is None:
        return {"name": gettext("Activity"), "icon": RING}
    return {"name": str(kind.name), "icon": kind.icon}


def _more(number: int) -> str:
    return ngettext("and {count} more", "and {count} more", number)


def _calm(age: timedelta) -> timedelta:
    """As round as the script tells it, so that nothing changes when that takes over."""
    step = next((unit for unit in UNITS if age >= unit), CALM)
    return max(timedelta(), age // step * step)
