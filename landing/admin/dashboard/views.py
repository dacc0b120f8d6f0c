"""The dashboard page in the admin: its permission, template, and context."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, get_script_prefix, path
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from ... import conf, stats
from ...analytics import referrers
from ...models import Analytics
from ...page.formatting import number
from . import charts, data_cache, queries, tiles
from .queries import DashboardData, TopEntry
from .site_time import local

URL_NAME = "landing_dashboard"
WHOLE_PAGE = "admin/landing/dashboard.html"
#: Values of ``?part=``, which an open page fetches again. ``today`` has no chart.
TODAY = "admin/landing/dashboard/today.html"
PARTS = {"today": TODAY, "history": "admin/landing/dashboard/history_part.html"}


class TopRow(NamedTuple):
    """One row of a top list. ``percent`` is relative to the first row."""

    name: str
    page_views: str
    percent: float


def urls(admin_site: AdminSite) -> list[URLPattern]:
    """Return the route. Put it before the model's own: "dashboard" is not a primary key."""
    view = require_safe(partial(dashboard, admin_site))
    return [path("dashboard/", admin_site.admin_view(view), name=URL_NAME)]


def dashboard(admin_site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Render the whole dashboard or one part, for users who may view analytics rows."""
    if not admin_site.get_model_admin(Analytics).has_view_permission(request):
        raise PermissionDenied
    template = PARTS.get(request.GET.get("part", ""), WHOLE_PAGE)
    data = data_cache.get_latest()
    context = admin_site.each_context(request) if template == WHOLE_PAGE else {}
    root_path = iri_to_uri(get_script_prefix())[:-1]
    context |= {"title": "Dashboard", "opts": Analytics._meta, "root_path": root_path}
    if data and template != TODAY:
        context |= _data_context(data, request)
    # Read the snapshot last, so that the current counts are as new as possible.
    context |= _snapshot_context(stats.snapshot(), data)
    return TemplateResponse(request, template, context)


def _snapshot_context(snapshot: stats.StatsSnapshot, data: DashboardData | None) -> dict[str, Any]:
    online = snapshot.online
    return {
        "live": snapshot,
        "snapshot": json.dumps(snapshot.as_dict(), separators=(",", ":")),
        "figures": tiles.format_counts(snapshot),
        "live_source": tiles.describe_source(snapshot),
        "signed_in_percent": tiles.percent(online.signed_in, online.people),
        "tiles": tiles.build_tiles(snapshot, data),
        "watcher_counts": not conf.read().LANDING_IGNORE_STAFF,
    }


def _data_context(data: DashboardData, request: HttpRequest) -> dict[str, Any]:
    """Return the charts and top lists."""
    return {
        "data": data,
        "read_at": local(data.at),
        "hour": charts.build_history_chart(charts.LAST_HOUR, data.last_hour, data.at),
        "day": charts.build_history_chart(charts.LAST_DAY, data.last_day, data.at),
        "month": charts.build_history_chart(charts.LAST_MONTH, data.last_month, data.at),
        "today": charts.build_page_view_chart(data.comparison, data.at),
        "pages": _build_top_rows(data.pages),
        "referrers": _build_top_rows(
            entry for entry in data.referrers if referrers.is_shown(entry.name, request)
        ),
    }


def _build_top_rows(entries: Iterable[TopEntry]) -> list[TopRow]:
    top = list(entries)[: queries.TOP]
    most = max((entry.page_views for entry in top), default=1)
    return [
        TopRow(entry.name, number(entry.page_views), round(100 * entry.page_views / most, 1))
        for entry in top
    ]
