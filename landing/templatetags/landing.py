"""``{% load landing %}``: the counter and the feed for any Django template.

The tags check their arguments. :mod:`landing.page.counter` and :mod:`landing.page.feed`
build the contexts. After the first paint, the scripts in ``static/landing/js`` update the
elements.
"""

from __future__ import annotations

from math import inf
from typing import Any

from django import template
from django.template import Context, TemplateSyntaxError

from .. import stats
from ..live.feed import FEED_ITEMS
from ..page import counter, feed, formatting

register = template.Library()

METRICS = ("online", "active")
#: Where the tags of a page without a view's snapshot keep their own.
OWN = "_live_snapshot"


@register.inclusion_tag("landing/partials/counter.html", takes_context=True)
def live_user_counter(
    context: Context,
    metric: str = "online",
    base_count: int = 10247,
    update_interval: int = 30,
    increment_amount: int = 2,
    minimum: int = 1,
) -> dict[str, Any]:
    """Render the counter with its first number; the browser keeps it up to date.

    - ``metric``: ``online`` (people connected now) or ``active`` (visitors in the window).
    - ``minimum``: below this number, the counter shows a text instead.
    - ``update_interval``: seconds between requests to the API while the WebSocket is down.
    - ``base_count``: shown only if simulated numbers are allowed and no real one is known.
    - ``increment_amount``: the largest change of ``base_count`` per refresh.

    Raise :class:`TemplateSyntaxError` for an invalid argument.
    """
    if metric not in METRICS:
        raise TemplateSyntaxError(
            f"live_user_counter: metric must be {' or '.join(METRICS)} (got {metric!r})."
        )
    tag = "live_user_counter"
    options = {
        "base_count": _whole_number(tag, "base_count", base_count),
        "update_interval": _whole_number(tag, "update_interval", update_interval, 1),
        "increment_amount": _whole_number(tag, "increment_amount", increment_amount),
        "minimum": _whole_number(tag, "minimum", minimum),
    }
    return counter.build_context(_snapshot(context), metric, options)


@register.inclusion_tag("landing/partials/activity_feed.html")
def live_activity_feed(limit: int = 5) -> dict[str, Any]:
    """Render the newest activities, at most ``limit`` (1 to 20).

    Raise :class:`TemplateSyntaxError` for an invalid limit.
    """
    return feed.build_context(_whole_number("live_activity_feed", "limit", limit, 1, FEED_ITEMS))


@register.simple_tag(takes_context=True)
def live_snapshot(context: Context) -> stats.StatsSnapshot:
    """Return the :class:`stats.StatsSnapshot` of the page: ``{% live_snapshot as live %}``."""
    return _snapshot(context)


@register.filter
def grouped(value: int | None) -> str:
    """Return the number as the counter shows it; a dash for None."""
    return formatting.number(value)


def _snapshot(context: Context) -> stats.StatsSnapshot:
    """Return one snapshot for all tags of a page: the view's, or the first tag's own."""
    live = context.get("live")
    if not isinstance(live, stats.StatsSnapshot):
        # Blocks and loops end with their variables; the first dictionary lasts as long as the page.
        live = context.dicts[0].get(OWN) or stats.snapshot()
        context.dicts[0][OWN] = live
    return live


def _whole_number(tag: str, name: str, value: object, least: int = 0, most: float = inf) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    limits = f"of at least {least}" if most == inf else f"from {least} to {most}"
    raise TemplateSyntaxError(f"{tag}: {name} must be a whole number {limits} (got {value!r}).")
