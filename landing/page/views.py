"""Views of the landing page and of the Prometheus metrics.

The analytics middleware identifies the visitor and records the page view.
"""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from .. import conf, metrics, stats
from . import preloads
from .metrics_access import may_read_metrics
from .rendering import PageRenderer

renderer = PageRenderer("landing/home.html")


# A shared cache would send one visitor's cookie to everybody. "no-store" would turn off the
# browser's back-forward cache.
@require_safe
@cache_control(private=True, no_cache=True)
async def home(request: HttpRequest) -> HttpResponse:
    """Return the page, with the current :class:`stats.StatsSnapshot` as ``live``."""
    page = renderer.respond(request, {"live": await stats.asnapshot()})
    page.headers["Link"] = preloads.link_header("landing/js/main.js")
    return page


@require_safe
async def prometheus(request: HttpRequest) -> HttpResponse:
    """Return the metrics of this process in Prometheus' text format, or 401 or 403."""
    if not may_read_metrics(request):
        return _refuse_metrics()
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _refuse_metrics() -> HttpResponse:
    response = HttpResponse(
        "Metrics need a bearer token, LANDING_METRICS_TOKEN. See docs/operations.md.\n",
        content_type="text/plain; charset=utf-8",
        status=HTTPStatus.FORBIDDEN,
    )
    if conf.read().LANDING_METRICS_TOKEN:
        response.status_code = HTTPStatus.UNAUTHORIZED
        response.headers["WWW-Authenticate"] = "Bearer"
    # Django would log a line for each request of a scraper.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
