"""The landing page. Owns the first numbers in it; who is looking is the middleware's business."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from landing import stats


# A shared cache would hand one visitor's cookie to everybody; no-store would switch the
# browser's back-forward cache off.
@require_safe
@cache_control(private=True, no_cache=True)
async def home(request: HttpRequest) -> HttpResponse:
    """The page, with the real first numbers in ``live`` (a :class:`stats.StatsSnapshot`)."""
    return render(request, "landing/home.html", {"live": await stats.asnapshot()})
