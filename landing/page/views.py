"""The landing page and the metrics.

Owns the first numbers in the page; who is looking is the middleware's business.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from .. import metrics, stats
from . import preloads


# A shared cache would hand one visitor's cookie to everybody; no-store would switch the
# browser's back-forward cache off.
@require_safe
@cache_control(private=True, no_cache=True)
async def home(request: HttpRequest) -> HttpResponse:
    """The page, with the real first numbers in ``live`` (a :class:`stats.StatsSnapshot`)."""
    page = render(request, "landing/home.html", {"live": await stats.asnapshot()})
    page.headers["Link"] = preloads.preloads("landing/js/main.js")
    return page


@require_safe
async def prometheus(request: HttpRequest) -> HttpResponse:
    """This process for Prometheus, as text."""
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)
