"""Gives each page's visitor a cookie and records the view.

Decides which responses are pages, and which of them a site does not record; who the
visitor is, who asks to be left out and how a view is stored is decided elsewhere. Pages
are served whatever happens here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from asgiref.sync import markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_cache_control, patch_vary_headers

from .. import conf
from ..visitors import exclusions, identity, visitor_cookie
from ..visitors.identity import Identity
from ..visitors.newcomers import Newcomers
from . import recording

#: For programs, with or without the last slash; what they serve as HTML is documentation.
NOT_PAGES = ("/api/", "/health/", "/metrics/")

newcomers = Newcomers()


class VisitorMiddleware:
    """Async only: Django adapts it where it runs synchronously."""

    sync_capable = False
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = await self.get_response(request)
        if is_page(request, response):
            await _attend(request, response)
        return response


def is_page(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether a person was shown a page of the site (the admin's are none)."""
    content_type = response.headers.get("Content-Type", "")
    return (
        request.method == "GET"
        and response.status_code == 200
        and content_type.partition(";")[0].strip().lower() == "text/html"
        and not f"{request.path_info}/".startswith(NOT_PAGES)
        and not request.path.startswith((*_admin_prefix(), settings.STATIC_URL))
    )


def _admin_prefix() -> tuple[str, ...]:
    try:
        return (reverse("admin:index"),)
    except NoReverseMatch:
        return ()


async def _attend(request: HttpRequest, response: HttpResponseBase) -> None:
    """Also who is not recorded gets a cookie: it is what counts a browser once.

    So does a page that is fetched ahead: if it is shown, nobody is asked for it again.
    """
    who = await identity.from_request(request)
    is_recorded = _is_recorded(request, who)
    if not who.by_cookie:
        fresh = visitor_cookie.new_visitor()
        _set_cookie(response, fresh)
        if is_recorded:
            who = replace(who, visitor=newcomers.visitor(who.visitor, fresh))
    if is_recorded:
        recording.record_page_view(who, request.path, request.headers.get("Referer", ""))


def _is_recorded(request: HttpRequest, who: Identity) -> bool:
    tunables = conf.read()
    if tunables.LANDING_IGNORE_STAFF and who.is_staff:
        return False
    if request.path.startswith(tuple(tunables.LANDING_IGNORED_PATHS)):
        return False
    return exclusions.may_be_recorded(request.headers)


def _set_cookie(response: HttpResponseBase, visitor: bytes) -> None:
    tunables = conf.read()
    response.set_cookie(
        tunables.LANDING_VISITOR_COOKIE_NAME,
        visitor_cookie.dump_cookie(visitor),
        max_age=tunables.LANDING_VISITOR_COOKIE_DAYS * 24 * 60 * 60,
        path="/",
        secure=not settings.DEBUG,
        httponly=True,
        samesite="Lax",
    )
    # Kept by a shared cache, one visitor's cookie would make everybody that visitor.
    patch_cache_control(response, private=True)
    patch_vary_headers(response, ("Cookie",))
