"""``{% load landing %}``: the counter and the feed in any Django template.

Turns a snapshot and what happened lately into the first text that a visitor reads.
Where they come from is the business of :mod:`landing.stats` and
:mod:`landing.activity`; what happens later is the browser's, in ``static/landing/js``.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from django import template
from django.template import Context, TemplateSyntaxError
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from landing import activity, activity_kinds, conf, modules, plurals, stats, wording
from landing.live.feed import FEED_ITEMS, Item
from landing.live.messages import Source, isoformat

register = template.Library()

METRICS = ("online", "active")
#: The icon of a kind that is not known (any more): a ring.
DOT = "M9 12a3 3 0 1 0 6 0 3 3 0 0 0-6 0"
FEW_SECONDS = timedelta(seconds=10)


@register.inclusion_tag("landing/partials/counter.html", takes_context=True)
def live_user_counter(
    context: Context,
    metric: str = "online",
    base_count: int = 10247,
    update_interval: int = 30,
    increment_amount: int = 2,
    minimum: int = 1,
) -> dict[str, Any]:
    """The counter with its first number inside; it keeps itself up to date in the browser.

    ``metric`` is ``online`` (people here now) or ``active`` (visitors of the window);
    below ``minimum`` words take the number's place. ``update_interval`` is the seconds
    between refreshes from the API while the socket is down. ``base_count`` shows only
    where simulated numbers are allowed and no real one is known; it moves by at most
    ``increment_amount`` per refresh. Raises :class:`TemplateSyntaxError`.
    """
    if metric not in METRICS:
        raise TemplateSyntaxError(
            f"live_user_counter: metric is {metric!r}; it can be {' or '.join(METRICS)}."
        )
    options = {
        "base_count": _whole("live_user_counter", "base_count", base_count),
        "update_interval": _whole("live_user_counter", "update_interval", update_interval, 1),
        "increment_amount": _whole("live_user_counter", "increment_amount", increment_amount),
        "minimum": _whole("live_user_counter", "minimum", minimum),
    }
    return {"metric": metric, **options, **_first_paint(_snapshot(context), metric, options)}


@register.inclusion_tag("landing/partials/activity_feed.html")
def live_activity_feed(limit: int = 5) -> dict[str, Any]:
    """The newest activities, at most ``limit``, which can be 1 to 20.

    The first ones are inside, and all words that the script needs to go on.
    Raises :class:`TemplateSyntaxError`.
    """
    limit = _whole("live_activity_feed", "limit", limit, 1, FEED_ITEMS)
    now = timezone.now()
    return {
        "limit": limit,
        "rows": [_row(item, now) for item in activity.recent(limit)],
        "blank": _kind(""),
        "kinds": _json({slug: _kind(slug) for slug in activity_kinds.known()}),
        "words": _json(
            {
                "new": plurals.forms(lambda n: ngettext("{count} new", "{count} new", n)),
                "more": plurals.forms(_more),
            }
        ),
    }


def _row(item: Item, now: datetime) -> dict[str, Any]:
    moment = datetime.fromtimestamp(item.timestamp_ms / 1000, UTC)
    more = _more(item.skipped).replace("{count}", wording.number(item.skipped))
    return {
        **item._asdict(),
        **_kind(item.kind),
        "timestamp": isoformat(item.timestamp_ms),
        "ago": wording.ago(_calm(now - moment).total_seconds()),
        "more": more if item.skipped else "",
    }


def _kind(slug: str) -> dict[str, str]:
    kind = activity_kinds.known().get(slug)
    if kind is None:
        return {"name": gettext("Activity"), "icon": DOT}
    return {"name": str(kind.name), "icon": kind.icon}


def _more(number: int) -> str:
    return ngettext("and {count} more", "and {count} more", number)


def _calm(age: timedelta) -> timedelta:
    """As round as the script tells it, so that nothing changes when that takes over."""
    for unit in (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)):
        if age >= unit:
            return age // unit * unit
    return max(timedelta(), age // FEW_SECONDS * FEW_SECONDS)


@register.filter
def grouped(value: int | None) -> str:
    """A number as the counter writes it; a dash for one that is not known."""
    return wording.number(value)


@register.simple_tag
def module_preloads(script: str) -> SafeString:
    """For ``<head>``: lets the browser fetch a script and all its modules at once."""
    names = modules.needed_by(script)
    return format_html_join(
        "\n", '<link rel="modulepreload" href="{}">', [(static(n),) for n in names]
    )


def _first_paint(
    snapshot: stats.StatsSnapshot, metric: str, options: dict[str, int]
) -> dict[str, Any]:
    simulated = snapshot.source is Source.SIMULATED
    online, active = snapshot.online.people, snapshot.active_users_now
    value, second = (online, active) if metric == "online" else (active, online)
    window = wording.window(snapshot.window_minutes)
    words = wording.of_the_counter()
    return {
        "simulated": simulated,
        "figure": wording.number(options["base_count"] if simulated else value),
        "below": not simulated and value is not None and value < options["minimum"],
        "label": words["online"] if metric == "online" else window,
        "subtext": conf.read().counter_subtext,
        "second": wording.number(None if simulated else second),
        "second_label": window if metric == "online" else words["here"],
        "status": words["simulated"] if simulated else _age(snapshot, words["as_of"]),
        "snapshot": _json(snapshot.as_dict()),
        "said": words,
        "words": _json(words),
    }


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _snapshot(context: Context) -> stats.StatsSnapshot:
    live = context.get("live")
    return live if isinstance(live, stats.StatsSnapshot) else stats.snapshot()


def _age(snapshot: stats.StatsSnapshot, as_of: str) -> str:
    if snapshot.source is not Source.STALE or snapshot.as_of is None:
        return ""
    age = timezone.now() - snapshot.as_of
    return as_of.replace("{age}", wording.ago(age.total_seconds()))


def _whole(tag: str, name: str, value: object, least: int = 0, most: float = inf) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    up_to = "up" if most == inf else f"to {most}"
    raise TemplateSyntaxError(
        f"{tag}: {name} is {value!r}; it must be a whole number from {least} {up_to}."
    )
