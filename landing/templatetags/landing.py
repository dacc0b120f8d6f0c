"""``{% load landing %}``: the counter and the feed in any Django template.

Turns a snapshot into the first text that a visitor reads. Where the numbers come
from is :mod:`landing.stats`'s business; what happens later is the browser's, in
``static/landing/js``.
"""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.template import Context, TemplateSyntaxError
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from landing import conf, stats
from landing.live.messages import Source

register = template.Library()

METRICS = ("online", "active")
#: Stands for a number that is not known, which is never 0.
UNKNOWN = "–"


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
    """The newest activities, at most ``limit``. Raises :class:`TemplateSyntaxError`."""
    return {"limit": _whole("live_activity_feed", "limit", limit, 1)}


def _first_paint(
    snapshot: stats.StatsSnapshot, metric: str, options: dict[str, int]
) -> dict[str, Any]:
    simulated = snapshot.source is Source.SIMULATED
    online, active = snapshot.online.people, snapshot.active_users_now
    value, second = (online, active) if metric == "online" else (active, online)
    window = _window(snapshot.window_minutes)
    return {
        "simulated": simulated,
        "figure": _number(options["base_count"] if simulated else value),
        "below": not simulated and value is not None and value < options["minimum"],
        "label": gettext("Active Users Right Now") if metric == "online" else window,
        "subtext": conf.read().counter_subtext,
        "second": _number(None if simulated else second),
        "second_label": window if metric == "online" else gettext("here right now"),
        "status": gettext("demo data") if simulated else _age(snapshot),
        "snapshot": json.dumps(snapshot.as_dict(), separators=(",", ":")),
    }


def _snapshot(context: Context) -> stats.StatsSnapshot:
    live = context.get("live")
    return live if isinstance(live, stats.StatsSnapshot) else stats.snapshot()


def _window(minutes: int) -> str:
    return ngettext(
        "active in the last minute", "active in the last %(minutes)d minutes", minutes
    ) % {"minutes": minutes}


def _age(snapshot: stats.StatsSnapshot) -> str:
    if snapshot.source is not Source.STALE or snapshot.as_of is None:
        return ""
    return gettext("as of %(ago)s") % {"ago": naturaltime(snapshot.as_of)}


def _number(value: int | None) -> str:
    return UNKNOWN if value is None else str(number_format(value, force_grouping=True))


def _whole(tag: str, name: str, value: object, least: int = 0) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise TemplateSyntaxError(
        f"{tag}: {name} is {value!r}; it must be a whole number from {least} up."
    )
