"""The outermost middleware: health checks, refused hosts, and redirects of unsafe requests."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import DisallowedHost, PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.views import defaults

from landing.async_middleware import AsyncMiddleware, GetResponse
from landing.health import views as health
from landing.resilience.counted_log import CountedLog

logger = logging.getLogger(__name__)

#: A probe names no host of the site, and may use HTTP where the site redirects to HTTPS.
PROBES: dict[str, Callable[[HttpRequest], Awaitable[HttpResponseBase]]] = {
    "/health": health.ready,
    "/health/ready": health.ready,
    "/health/live": health.live,
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: Of a refused host in the log, in characters.
MAX_HOST_LENGTH = 100


class EntryMiddleware(AsyncMiddleware):
    """Answer what needs no other middleware."""

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._log = CountedLog(logger)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of a probe, a refusal, or the response of the site."""
        if probe := PROBES.get(request.path_info.rstrip("/")):
            return await probe(request)
        try:
            request.get_host()
        except DisallowedHost as error:
            host = request.META.get("HTTP_HOST", "")[:MAX_HOST_LENGTH]
            self._log.warn("Refused a request for the host %r, which is not in ALLOWED_HOSTS", host)
            return await _render(defaults.bad_request, request, error)
        response = await self.get_response(request)
        if request.method in SAFE_METHODS:
            return response
        return await _keep_method(request, response)


async def _keep_method(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Replace a redirect that clients would follow with GET, and without the body.

    Clients repeat the whole request at a 308. Django sends 301 to add a slash, "www.", or HTTPS.
    A redirect to a login page would end in a page with status 200, and the request would be lost.
    """
    if response.status_code == HTTPStatus.MOVED_PERMANENTLY:
        response.status_code = HTTPStatus.PERMANENT_REDIRECT
    elif response.status_code == HTTPStatus.FOUND and _leads_to_login(request, response):
        return await _render(defaults.permission_denied, request, PermissionDenied())
    return response


def _leads_to_login(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return whether the response asks to sign in first, and not after a success."""
    target = urlsplit(response.headers.get("Location", ""))
    logins = [resolve_url(settings.LOGIN_URL)]
    with suppress(NoReverseMatch):
        logins.append(reverse("admin:login"))
    asks = REDIRECT_FIELD_NAME in parse_qs(target.query) and target.path in logins
    return asks and request.path not in logins


async def _render(view: Any, request: HttpRequest, error: Exception) -> HttpResponseBase:
    """Return an error page, rendered in a thread: a project's own template may run queries."""
    response: HttpResponseBase = await sync_to_async(view, thread_sensitive=False)(request, error)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
