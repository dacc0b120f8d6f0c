"""The view of the landing page.

The analytics middleware identifies the visitor and records the page view.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from landing import stats
from landing.content import current
from landing.page.assets import scripts
from landing.page.rendering import PageRenderer

renderer = PageRenderer("landing/home.html")


# A shared cache would send one visitor's cookie to everybody. "no-store" would turn off the
# browser's back-forward cache.
@require_safe
@cache_control(private=True, no_cache=True)
async def home(request: HttpRequest) -> HttpResponse:
    """Return the page, with the current :class:`landing.stats.StatsSnapshot` as ``live``."""
    await current.copy.prepare()
    page = renderer.respond(request, {"live": await stats.asnapshot()})
    page.headers["Link"] = scripts.preload_header()
    return page
