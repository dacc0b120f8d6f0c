"""The dashboard as a page of the admin: who may see it, and what its templates get.

Reads the one snapshot and the dashboard's readings; counts nothing itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from ... import conf, stats
from ...models import Analytics
from . import charts, queries, tiles
from .queries import Entry, Readings

URL_NAME = "landing_dashboard"
WHOLE_PAGE = "admin/landing/dashboard.html"
#: ``?part=``: what an open page fetches again; that of today has no chart.
TODAY = "admin/landing/dashboard/today.html"
PARTS = {"today": TODAY, "history": "admin/landing/dashboard/history_part.html"}


class Line(NamedTuple):
    """A line of a top list; ``percent`` is of the longest one."""

    name: str
    page_views: str
    percent: float


def urls(admin_site: AdminSite) -> list[URLPattern]:
    """To be put before those of the rows: ``dashboard/`` is no row's key."""
    view = require_safe(partial(show, admin_site))
    return [path("dashboard/", admin_site.admin_view(view), name=URL_NAME)]


def show(admin_site: AdminSite, request: HttpRequest) -> HttpResponse:
    """For who may view analytics rows, else 403. Synchronous, as all of the admin is."""
    if not admin_site.get_model_admin(Analytics).has_view_permission(request):
        raise PermissionDenied
    template = PARTS.get(request.GET.get("part", ""), WHOLE_PAGE)
    read = queries.latest()
    context = admin_site.each_context(request) if template == WHOLE_PAGE else {}
    context |= {"title": "Dashboard", "opts": Analytics._meta}
    if read and template != TODAY:
        context |= _of_readings(read, request.get_host())
    # The newest of all numbers, so read last.
    context |= _of_now(stats.snapshot(), read)
    return TemplateResponse(request, template, context)


def _of_now(live: stats.StatsSnapshot, read: Readings | None) -> dict[str, Any]:
    online = live.online
    return {
        "live": live,
        "snapshot": json.dumps(live.as_dict(), separators=(",", ":")),
        "figures": tiles.figures(live),
        "live_source": tiles.source(live),
        "signed_in_percent": tiles.percent(online.signed_in, online.people),
        "tiles": tiles.of_today(live, read),
        "watcher_counts": not conf.read().LANDING_IGNORE_STAFF,
    }


def _of_readings(read: Readings, host: str) -> dict[str, Any]:
    """``host`` is the site's own, which is no referrer."""
    own = host.partition(":")[0].lower()
    return {
        "read": read,
        "read_at": charts.local(read.at),
        "hour": charts.over_time(charts.LAST_HOUR, read.last_hour, read.at),
        "day": charts.over_time(charts.LAST_DAY, read.last_day, read.at),
        "month": charts.over_time(charts.LAST_MONTH, read.last_month, read.at),
        "today": charts.today(read.comparison, read.at),
        "pages": _lines(read.pages),
        "referrers": _lines(entry for entry in read.referrers if entry.name not in ("", own)),
    }


def _lines(entries: Iterable[Entry]) -> list[Line]:
    top = list(entries)[: queries.TOP]
    most = max((entry.page_views for entry in top), default=1)
    return [
        Line(entry.name, charts.number(entry.page_views), round(100 * entry.page_views / most, 1))
        for entry in top
    ]
