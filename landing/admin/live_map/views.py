"""The page of the live map: its permission, template, and context."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, get_script_prefix, path
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from ... import conf, stats
from ...dates import from_unix_ms
from ...live.current_snapshot import Source
from ...live.map import content
from ...live.map.content import MapCounts
from ...live.places.counts import PlaceCounts
from ...models import Analytics
from ...names import LABEL
from ...page import endpoints
from ..site_time import CLOCK_SECONDS, format_time
from . import rows, series

URL_NAME = f"{LABEL}_live_map"
TEMPLATE = "live_user_counter/admin/live_map/page.html"
#: The value of ``?view=`` for a monitor on a wall.
WALL = "wall"


def urls(admin_site: AdminSite) -> list[URLPattern]:
    """Return the route. Put it before the model's own: "live" is not a primary key."""
    view = require_safe(partial(live_map, admin_site))
    return [path("live/", admin_site.admin_view(view), name=URL_NAME)]


def live_map(admin_site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Render the map for users who may view analytics rows."""
    if not admin_site.get_model_admin(Analytics).has_view_permission(request):
        raise PermissionDenied
    is_wall = request.GET.get("view") == WALL
    context = admin_site.each_context(request)
    context |= {"title": "Live map", "opts": Analytics._meta, "is_wall": is_wall}
    # The admin's templates leave out the header and the navigation of a popup.
    context |= {"is_popup": is_wall}
    context |= {"root_path": iri_to_uri(get_script_prefix())[:-1], **endpoints.find()}
    return TemplateResponse(request, TEMPLATE, context | build_context(stats.places()))


def build_context(counts: PlaceCounts | None) -> dict[str, Any]:
    """Return the tables, and the values with which the scripts begin."""
    context: dict[str, Any] = {
        "is_watcher_counted": not conf.read().LANDING_IGNORE_STAFF,
        "places": rows.NO_TABLE,
        "areas": rows.NO_TABLE,
        "source": Source.UNKNOWN,
        "source_text": "not known yet",
        "series": _dump(series.NO_SERIES),
    }
    if counts is None:
        return context
    built = content.build(
        MapCounts(counts.snapshot, counts.elsewhere, counts.top, counts.source),
    )
    is_live, at = counts.source is Source.LIVE, from_unix_ms(counts.snapshot.as_of_ms)
    read_at = format_time(at, CLOCK_SECONDS)
    return context | {
        "frame": content.dump(built),
        "places": rows.build_places(built),
        "areas": rows.build_areas(built),
        "source": counts.source,
        "source_text": f"live, at {read_at}" if is_live else f"stale, counted at {read_at}",
        "series": _dump(series.read([each["place"] for each in built["places"]])),
    }


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
