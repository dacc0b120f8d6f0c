"""The dashboard page in the admin: its permission, template, and context."""

from __future__ import annotations

import json
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from ... import conf, stats
from ...analytics import middleware, referrers
from ...dates import day_start, site_day, utc_now
from ...models import Analytics
from ...names import LABEL
from ...page import endpoints
from ...tables.notes import ChartNote
from ...tables.shared_links import SharedLink
from ..addresses import address, find_admin
from ..site_time import CLOCK, DATE, format_time, zone_name
from . import charts, data_cache, filters, ranges, tiles
from .filters import Filter
from .lists import rows
from .lists.places import PlaceList, build_list
from .notes import lines, marks
from .queries import DashboardData
from .ranges import Range

URL_NAME = f"{LABEL}_dashboard"
WHOLE_PAGE = "live_user_counter/admin/dashboard.html"
#: Values of ``?part=``, which an open page fetches again. ``figures`` has no chart.
FIGURES = "live_user_counter/admin/dashboard/figures.html"
PARTS = {"figures": FIGURES, "history": "live_user_counter/admin/dashboard/history_part.html"}


class Chip(NamedTuple):
    """A filter that is set, and the query string without it."""

    label: str
    value: str
    query: str


class Access(NamedTuple):
    """The links and names on the page. An empty address hides its link."""

    export_url: str = ""
    add_note_url: str = ""
    may_edit_notes: bool = False
    #: Show the names of the authors of notes.
    shows_authors: bool = False
    #: The query string of the page.
    query: str = ""
    #: Where to share the dashboard.
    share_url: str = ""
    #: Whether the page is a shared link, for people who do not run the site.
    is_shared: bool = False


class Choice(NamedTuple):
    """One link of the range switch."""

    title: str
    query: str
    is_current: bool


def urls(admin_site: AdminSite) -> list[URLPattern]:
    """Return the route. Put it before the model's own: "dashboard" is not a primary key."""
    view = require_safe(partial(dashboard, admin_site))
    return [path("dashboard/", admin_site.admin_view(view), name=URL_NAME)]


def dashboard(admin_site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Render the whole dashboard or one part, for users who may view analytics rows."""
    if not admin_site.get_model_admin(Analytics).has_view_permission(request):
        raise PermissionDenied
    template = PARTS.get(request.GET.get("part", ""), WHOLE_PAGE)
    context = admin_site.each_context(request) if template == WHOLE_PAGE else {}
    context |= {"title": "Dashboard", "opts": Analytics._meta}
    context |= build_context(request, template, _find_access(admin_site, request))
    return TemplateResponse(request, template, context, status=find_status(context))


def build_context(request: HttpRequest, template: str, access: Access) -> dict[str, Any]:
    """Return the context of the whole page or of a part, for the range and filter of the query."""
    shown, problem = _choose_range(request)
    only = filters.choose(request.GET.dict())
    data = data_cache.get_latest(shown, only=only)
    context: dict[str, Any] = {**endpoints.find()}
    context |= {"shown": shown, "problem": problem, "only": only, "access": access}
    context |= {"choices": _build_choices(shown, only), "chips": _build_chips(shown, only)}
    context["export_query"] = _join(shown, only)
    context["is_reading"] = data is None and not data_cache.outage.is_active
    context["missing_middleware"] = "" if middleware.is_installed() else middleware.PATH
    context |= {"today": site_day(utc_now()), "max_days": ranges.MAX_DAYS}
    if data and template != FIGURES:
        context |= _data_context(data, request, access)
    # Read the snapshot last, so that the current counts are as new as possible.
    return context | _snapshot_context(shown, stats.snapshot(), data, only)


def find_status(context: dict[str, Any]) -> HTTPStatus:
    """Return the status of a page or a part. An open page keeps its figures unless it is OK."""
    return HTTPStatus.ACCEPTED if context["is_reading"] else HTTPStatus.OK


def _find_access(admin_site: AdminSite, request: HttpRequest) -> Access:
    """Return what the permissions of the user allow."""
    notes_admin = find_admin(admin_site, ChartNote)
    links_admin = find_admin(admin_site, SharedLink)
    query = request.GET.copy()
    query.pop("part", None)
    add_note_url = share_url = ""
    if notes_admin and notes_admin.has_add_permission(request):
        back = urlencode({lines.RETURN_PARAMETER: query.urlencode()})
        add_note_url = f"{address(admin_site, 'chartnote_add')}?{back}"
    if links_admin and links_admin.has_add_permission(request):
        share_url = address(admin_site, "sharedlink_changelist")
    return Access(
        export_url=address(admin_site, "dashboard_export"),
        add_note_url=add_note_url,
        may_edit_notes=bool(notes_admin and notes_admin.has_change_permission(request)),
        shows_authors=True,
        query=query.urlencode(),
        share_url=share_url,
    )


def _choose_range(request: HttpRequest) -> tuple[Range, str]:
    """Return the range of the request, or the default with the problem of the parameters."""
    today = site_day(utc_now())
    try:
        return ranges.choose(request.GET.dict(), today), ""
    except ranges.InvalidRangeError as error:
        return ranges.preset(ranges.DEFAULT, today), str(error)


def _build_choices(shown: Range, only: Filter) -> list[Choice]:
    today = site_day(utc_now())
    presets = (ranges.preset(name, today) for name in ranges.PRESETS)
    return [Choice(each.title, _join(each, only), each == shown) for each in presets]


def _build_chips(shown: Range, only: Filter) -> list[Chip]:
    return [
        Chip(
            filters.LABELS[column],
            rows.label(column, value),
            _join(shown, only.including(column, "")),
        )
        for column, value in only.conditions.items()
    ]


def _join(shown: Range, only: Filter) -> str:
    """Return the query string of a range and a filter."""
    return "&".join(filter(None, (shown.query, only.query)))


def _snapshot_context(
    shown: Range, snapshot: stats.StatsSnapshot, data: DashboardData | None, only: Filter
) -> dict[str, Any]:
    online = snapshot.online
    return {
        "live": snapshot,
        "snapshot": json.dumps(snapshot.as_dict(), separators=(",", ":")),
        "figures": tiles.format_counts(snapshot),
        "live_source": tiles.describe_source(snapshot),
        "signed_in_percent": tiles.percent(online.signed_in, online.people),
        "tiles": tiles.build_tiles(shown, snapshot, data, only),
        "tiles_age": tiles.describe_age(shown, snapshot, data, only),
        "watcher_counts": not conf.read().LANDING_IGNORE_STAFF,
    }


def _data_context(data: DashboardData, request: HttpRequest, access: Access) -> dict[str, Any]:
    """Return the charts, notes, and top lists."""
    step, join = data.samples.step_minutes, partial(_join, data.shown)
    notes = lines.read_notes(data.shown)
    people, active = (
        marks.mark_samples(charts.build_sample_chart(style, data), notes, data)
        for style in (charts.PEOPLE, charts.ACTIVE)
    )
    return {
        "data": data,
        "compared": data.shown.describe(data.at),
        "history_age": f"Counted at {format_time(data.at, CLOCK)} ({zone_name()})",
        "step": f"{step // 60} hours" if step >= 120 else f"{step} minutes",
        "column_before": _describe_days(data.shown.before),
        "hour": charts.build_hour_chart(data.last_hour),
        "people": people,
        "active": active,
        "views": marks.mark_page_views(charts.build_page_view_chart(data), notes, data),
        "notes": lines.build_lines(notes, with_authors=access.shows_authors),
        "goals": tiles.build_goals(data),
        "places": _build_places(data),
        "pages": rows.build_rows("path", data.pages, data.only, join),
        "referrers": rows.build_rows(
            "referrer_host",
            (entry for entry in data.referrers if referrers.is_shown(entry.name, request)),
            data.only,
            join,
        ),
        "dimensions": rows.build_lists(data.dimensions, data.only, join),
    }


def _build_places(data: DashboardData) -> PlaceList | None:
    """Return the pages with people; None with a filter, or if places are off."""
    if data.only or not (data.places.samples or conf.read().LANDING_MAX_PLACES):
        return None
    return build_list(data.places)


def _describe_days(shown: Range) -> str:
    """Return the heading of the column of the range before."""
    first, last = (format_time(day, DATE) for day in (shown.start, day_start(shown.last)))
    return first if first == last else f"{first} – {last}"
