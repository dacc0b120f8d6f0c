"""``{% load landing %}``: the counter and the feed in any Django template.

Turns a snapshot and what happened lately into the first text that a visitor reads.
Where they come from is the business of :mod:`landing.stats` and
:mod:`landing.page.feed`; what happens later is the browser's, in ``static/landing/js``.
"""

from __future__ import annotations

from math import inf
from typing import Any

from django import template
from django.template import Context, TemplateSyntaxError
from django.utils import timezone
from django.utils.translation import gettext

from .. import conf, stats
from ..live.feed import FEED_ITEMS
from ..live.frames import Source
from ..page import feed, formatting, texts

register = template.Library()

METRICS = ("online", "active")


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

    Raises :class:`TemplateSyntaxError`.
    """
    return feed.of(_whole("live_activity_feed", "limit", limit, 1, FEED_ITEMS))


@register.filter
def grouped(value: int | None) -> str:
    """A number as the counter writes it; a dash for one that is not known."""
    return formatting.number(value)


def _first_paint(
    snapshot: stats.StatsSnapshot, metric: str, options: dict[str, int]
) -> dict[str, Any]:
    simulated = snapshot.source is Source.SIMULATED
    online, active = snapshot.online.people, snapshot.active_users_now
    value, second = (online, active) if metric == "online" else (active, online)
    window = formatting.window(snapshot.window_minutes)
    words = texts.of_the_counter()
    return {
        "simulated": simulated,
        "figure": formatting.number(options["base_count"] if simulated else value),
        "below": not simulated and value is not None and value < options["minimum"],
        "label": words["online"] if metric == "online" else window,
        "subtext": gettext(conf.read().LANDING_COUNTER_SUBTEXT),
        "second": formatting.number(None if simulated else second),
        "second_label": window if metric == "online" else words["here"],
        "status": words["simulated"] if simulated else _age(snapshot, words["as_of"]),
        "snapshot": feed.attribute(snapshot.as_dict()),
        "said": words,
        "words": feed.attribute(texts.for_the_script()),
    }


def _snapshot(context: Context) -> stats.StatsSnapshot:
    live = context.get("live")
    return live if isinstance(live, stats.StatsSnapshot) else stats.snapshot()


def _age(snapshot: stats.StatsSnapshot, as_of: str) -> str:
    if snapshot.source is not Source.STALE or snapshot.as_of is None:
        return ""
    age = timezone.now() - snapshot.as_of
    return as_of.replace("{age}", formatting.ago(age.total_seconds()))


def _whole(tag: str, name: str, value: object, least: int = 0, most: float = inf) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    up_to = "up" if most == inf else f"to {most}"
    raise TemplateSyntaxError(
        f"{tag}: {name} is {value!r}; it must be a whole number from {least} {up_to}."
    )
