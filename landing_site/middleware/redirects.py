"""Redirects of unsafe requests: none turns into a GET, which would lose the body."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse

from landing.api import errors
from landing_site.async_middleware import AsyncMiddleware
from landing_site.middleware import error_pages

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class RedirectMiddleware(AsyncMiddleware):
    """Replace a redirect that clients would follow with GET, and without the body.

    Clients repeat the whole request at a 308. Django sends 301 to add a slash, "www.", or HTTPS.
    A redirect to a login page would end in a page with status 200, and the request would be lost.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response, which keeps the method of an unsafe request."""
        response = await self.get_response(request)
        if request.method in SAFE_METHODS:
            return response
        if response.status_code == HTTPStatus.MOVED_PERMANENTLY:
            response.status_code = HTTPStatus.PERMANENT_REDIRECT
        elif response.status_code == HTTPStatus.FOUND and _leads_to_login(request, response):
            return await error_pages.render(errors.permission_denied, request, PermissionDenied())
        return response


def _leads_to_login(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return whether the response asks to sign in first, and not after a success."""
    target = urlsplit(response.headers.get("Location", ""))
    logins = [resolve_url(settings.LOGIN_URL)]
    with suppress(NoReverseMatch):
        logins.append(reverse("admin:login"))
    asks = REDIRECT_FIELD_NAME in parse_qs(target.query) and target.path in logins
    return asks and request.path not in logins
