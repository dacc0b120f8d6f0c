"""``{% load live_user_counter %}``: the counter, the feed, and the busiest pages for any template.

The tags check their arguments. :mod:`landing.page.counter`, :mod:`landing.page.feed`, and
:mod:`landing.page.places` build the contexts. After the first paint, the script that
:mod:`landing.page.assets.scripts` chooses updates the elements.

All names begin with ``live``, so the library replaces no tag of a project.
"""

from __future__ import annotations

from math import inf
from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context, TemplateSyntaxError
from django.utils.safestring import SafeString

from .. import conf, stats
from ..content.current import current as current_content
from ..live.feed import FEED_ITEMS
from ..live.places.display import MAX_ROWS
from ..page import counter, feed, places
from ..page.assets import scripts, styles
from ..places import names, tokens

register = template.Library()

METRICS = ("online", "active", "here")
#: Where the tags of a page without a view's snapshot keep their own.
OWN = "_live_snapshot"
#: The place of the page, once an element of the page has its signed form.
PLACE = "_live_place"
#: Places that ``{% live_places %}`` shows.
PLACES = 5
#: The default of an argument that a setting defines.
SETTING: Any = object()


@register.inclusion_tag("live_user_counter/partials/counter.html", takes_context=True)
def live_user_counter(
    context: Context,
    metric: str = SETTING,
    base_count: int = SETTING,
    update_interval: int = SETTING,
    increment_amount: int = SETTING,
    minimum: int = SETTING,
    place: str = SETTING,
) -> dict[str, Any]:
    """Render the counter with its first number; the browser keeps it up to date.

    Settings define the arguments that are missing, and the page in the admin the minimum.

    - ``metric``: ``online`` (people here now), ``active`` (in the last 15 minutes), or ``here``
      (people on this page).
    - ``place``: a name for this page, such as ``article:42``, instead of its path.
    - ``minimum``: below this number, the counter shows a text instead.
    - ``update_interval``: seconds between requests to the API while the WebSocket is down.
    - ``base_count``: shown only if simulated numbers are allowed and no real one is known.
    - ``increment_amount``: the largest change of ``base_count`` per refresh.

    Raise :class:`TemplateSyntaxError` for an invalid argument.
    """
    values, own_minimum = conf.read(), current_content().minimum
    metric = values.LANDING_COUNTER_METRIC if metric is SETTING else metric
    if metric not in METRICS:
        raise TemplateSyntaxError(
            f"live_user_counter: metric must be one of {', '.join(METRICS)} (got {metric!r})."
        )
    tag = "live_user_counter"
    setting_minimum = values.LANDING_COUNTER_MINIMUM if own_minimum is None else own_minimum
    options = {
        name: _whole_number(tag, name, setting if given is SETTING else given, least)
        for name, given, setting, least in (
            ("base_count", base_count, values.LANDING_SIMULATED_BASE_COUNT, 0),
            ("update_interval", update_interval, values.LANDING_COUNTER_UPDATE_SECONDS, 1),
            ("increment_amount", increment_amount, values.LANDING_SIMULATED_INCREMENT, 0),
            ("minimum", minimum, setting_minimum, 0),
        )
    }
    of_page = _place_of_page(context) if place is SETTING else _name_place(context, place)
    here = places.number_of(context.dicts[0][PLACE]) if metric == "here" else None
    content = counter.build_context(_snapshot(context), metric, options, here)
    return content | of_page | _assets(context, scripts.MAIN)


@register.inclusion_tag("live_user_counter/partials/activity_feed.html", takes_context=True)
def live_activity_feed(context: Context, limit: int = SETTING) -> dict[str, Any]:
    """Render the newest activities, at most ``limit`` (1 to 20; the default is a setting).

    Raise :class:`TemplateSyntaxError` for an invalid limit.
    """
    limit = conf.read().LANDING_FEED_LIMIT if limit is SETTING else limit
    content = feed.build_context(_whole_number("live_activity_feed", "limit", limit, 1, FEED_ITEMS))
    return content | _place_of_page(context) | _assets(context, scripts.MAIN)


@register.inclusion_tag("live_user_counter/partials/places.html", takes_context=True)
def live_places(context: Context, limit: int = PLACES) -> dict[str, Any]:
    """Render the pages with the most people, at most ``limit`` (1 to 20).

    Raise :class:`TemplateSyntaxError` for an invalid limit.
    """
    content = places.build_context(_whole_number("live_places", "limit", limit, 1, MAX_ROWS))
    return content | _place_of_page(context) | _assets(context, scripts.PLACES)


@register.simple_tag(takes_context=True)
def live_counter_head(context: Context) -> SafeString:
    """Load the styles of the elements in the head, before those of the site, and their script.

    Modules are left to the elements, each of which needs other ones.
    """
    return styles.elements(context) + scripts.in_head(context)


@register.simple_tag(takes_context=True)
def live_snapshot(context: Context) -> stats.StatsSnapshot:
    """Return the :class:`stats.StatsSnapshot` of the page: ``{% live_snapshot as live %}``."""
    return _snapshot(context)


def _snapshot(context: Context) -> stats.StatsSnapshot:
    """Return one snapshot for all tags of a page: the view's, or the first tag's own."""
    live = context.get("live")
    if not isinstance(live, stats.StatsSnapshot):
        # Blocks and loops end with their variables; the first dictionary lasts as long as the page.
        live = context.dicts[0].get(OWN) or stats.snapshot()
        context.dicts[0][OWN] = live
    return live


def _assets(context: Context, script: scripts.Script) -> dict[str, SafeString]:
    """Return what an element needs before it and after it, unless the page has it already."""
    return {"styles": styles.elements(context), "script": scripts.element(context, script)}


def _place_of_page(context: Context) -> dict[str, Any]:
    """Return the signed place of the page for its first element; an empty text for the others."""
    page = context.dicts[0]
    if PLACE in page:
        return {"place": ""}
    page[PLACE] = _find_place(context)
    values = conf.read()
    unsigned = bool(values.LANDING_UNSIGNED_PLACES and values.LANDING_MAX_PLACES)
    return {"place": tokens.sign(page[PLACE]), "unsigned_places": unsigned}


def _find_place(context: Context) -> str:
    # Without the context processor of that name, a page's context has it as an attribute.
    request = getattr(context, "request", None) or context.get("request")
    # Django's views of 403 and 404 pages have an exception: a visitor chooses the path.
    if not isinstance(request, HttpRequest) or "exception" in context:
        return names.ELSEWHERE
    return names.of_request(request)


def _name_place(context: Context, name: object) -> dict[str, str]:
    """Return the signed form of a name for the page, and the name. It replaces the path."""
    if not isinstance(name, str):
        raise TemplateSyntaxError(
            f"live_user_counter: place must be a path or a name such as article:42 (got {name!r})."
        )
    place = names.normalize(name)
    if names.is_private(place):
        place = names.ELSEWHERE
    context.dicts[0][PLACE] = place
    return {"place": tokens.sign(place), "named_place": place}


def _whole_number(tag: str, name: str, value: object, least: int = 0, most: float = inf) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    limits = f"of at least {least}" if most == inf else f"from {least} to {most}"
    raise TemplateSyntaxError(f"{tag}: {name} must be a whole number {limits} (got {value!r}).")
