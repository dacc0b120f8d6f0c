"""Export what the dashboard shows of a range as CSV: one line per figure, point, or list entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import zip_longest
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from ...analytics import export, referrers
from ...dates import format_utc, site_day, utc_now
from ...models import Analytics
from ...names import LABEL
from ..site_time import local
from . import data_cache, filters, ranges
from .notes import lines
from .queries import DashboardData, Figures

URL_NAME = f"{LABEL}_dashboard_export"
COLUMNS = ("section", "name", "value", "before")
#: How long a download waits for the first figures of a filter.
MAX_SECONDS = 25

#: The cells of one line, in the order of the columns.
Line = tuple[str, str, Any, Any]


def urls(admin_site: AdminSite) -> list[URLPattern]:
    """Return the route."""
    view = require_safe(partial(export_view, admin_site))
    return [path("dashboard/export/", admin_site.admin_view(view), name=URL_NAME)]


def export_view(admin_site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Return the figures of the range and the filter in the query string as a download."""
    if not admin_site.get_model_admin(Analytics).has_view_permission(request):
        raise PermissionDenied
    return respond(request)


def respond(request: HttpRequest) -> HttpResponse:
    """Return the download without a check of permissions."""
    parameters = request.GET.dict()
    try:
        shown = ranges.choose(parameters, site_day(utc_now()))
    except ranges.InvalidRangeError as error:
        raise BadRequest(str(error)) from error
    only = filters.choose(parameters)
    data = data_cache.get_latest(shown, only=only, max_filtered_seconds=MAX_SECONDS)
    if data is None:
        message = "Can't read the figures. Try again in a minute."
        return HttpResponse(message, status=503, content_type="text/plain; charset=utf-8")
    cells = (map(export.format_cell, line) for line in (COLUMNS, *_lines(data, request)))
    download = HttpResponse(export.format_lines(cells), content_type=export.FORMATS["csv"][1])
    name = f"dashboard-{shown.first}-{shown.last}.csv"
    download["Content-Disposition"] = content_disposition_header(True, name)
    return download


def _lines(data: DashboardData, request: HttpRequest) -> Iterator[Line]:
    shown, now, before = data.shown, data.figures, data.figures_before
    yield "range", "first day", shown.first, shown.before.first
    yield "range", "last day", shown.last, shown.before.last
    until = format_utc(shown.end_before(data.at), "seconds")
    yield "range", "counted until", format_utc(data.at, "seconds"), until
    for column, value in data.only.conditions.items():
        yield "filter", filters.PARAMETERS[column], value, value
    yield "figures", "visitors", now.visitors, before.visitors
    yield "figures", "page views", now.page_views, before.page_views
    yield "figures", "signed-in visitors", now.signed_in, before.signed_in
    if not data.only:
        peak, peak_before = (each and each.people for each in (now.peak, before.peak))
        yield "figures", "peak", peak, peak_before
        at, at_before = (each and _format_time(each.at) for each in (now.peak, before.peak))
        yield "figures", "time of the peak", at, at_before
        yield from _stays(now, before)
        yield from _goals(data)
        yield from _places(data)
    yield from _page_views(data)
    yield from _samples(data)
    for page in data.pages:
        yield "pages", page.name, page.page_views, page.before
    for entry in data.referrers:
        if referrers.is_shown(entry.name, request):
            yield "referrers", entry.name, entry.page_views, entry.before
    for dimension, entries in data.dimensions.items():
        for entry in entries:
            yield dimension, entry.name, entry.page_views, entry.before
    for note in lines.read_notes(shown):
        yield "notes", _format_time(note.at), note.text, None


def _stays(now: Figures, before: Figures) -> Iterator[Line]:
    """Yield the median stay, and the visits that ended."""
    (median, total), (median_before, total_before) = map(_read_stays, (now, before))
    yield "figures", "median stay, seconds", median, median_before
    yield "figures", "visits that ended", total, total_before


def _read_stays(figures: Figures) -> tuple[float | None, int | None]:
    if figures.stays is None:
        return None, None
    median = figures.stays.median_seconds
    return None if median is None else round(median, 1), figures.stays.total


def _goals(data: DashboardData) -> Iterator[Line]:
    """Yield the activities of each kind, and goals per visitor."""
    visitors, before = data.figures.visitors, data.figures_before.visitors
    for kind in data.goals:
        yield "activities", kind.kind, kind.now, kind.before
    for kind in data.goals:
        if kind.is_goal:
            now, earlier = _ratio(kind.now, visitors), _ratio(kind.before, before)
            yield "goals per visitor", kind.kind, now, earlier


def _places(data: DashboardData) -> Iterator[Line]:
    """Yield the people by page: their average over the samples, and the most at once."""
    for place in data.places.top:
        before = place.people_before
        average = round(place.people, 2), None if before is None else round(before, 2)
        yield "average people on page", place.place, *average
    for place in data.places.top:
        yield "peak of people on page", place.place, place.peak_people, None


def _ratio(goals: int, visitors: int) -> float | None:
    return round(goals / visitors, 4) if visitors else None


def _page_views(data: DashboardData) -> Iterator[Line]:
    """Yield the page views by hour of a single day, else by day."""
    first = data.shown.first
    names: Iterable[str] = (f"{hour:02}:00" for hour in range(24))
    if data.shown.days > 1:
        names = ((first + timedelta(days=day)).isoformat() for day in range(data.shown.days))
    for name, now, before in zip(names, data.page_views, data.page_views_before, strict=True):
        yield "page views", name, now, before


def _samples(data: DashboardData) -> Iterator[Line]:
    """Yield the people, their peak, and the active visitors of each step up to now."""
    points = [point for point in data.samples.points if point.at <= data.at]
    earlier = data.samples_before.points[: len(points)]
    sections = (
        ("people here", "people"),
        ("peak of people here", "peak_people"),
        ("active visitors", "active"),
    )
    for section, column in sections:
        for point, before in zip_longest(points, earlier):
            now = getattr(point, column)
            yield section, _format_time(point.at), now, before and getattr(before, column)


def _format_time(at: datetime) -> str:
    return local(at).isoformat(timespec="minutes")
