"""Send, renew, and expire the visitor cookie with a response."""

from __future__ import annotations

import math
import time

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.encoding import iri_to_uri

from .. import conf
from . import exclusions, visitor_cookie
from .visitor_cookie import HOST_PREFIX, VisitorCookie


def wants_opt_out(request: HttpRequest, cookie: VisitorCookie | None) -> bool:
    """Return whether the visitor of a page opts out, by the headers or by the cookie.

    Only a page that the browser opens shows that it no longer sends the header. Prefetches and
    the requests of scripts may lack it.
    """
    headers = request.headers
    if exclusions.has_opted_out(headers):
        return True
    may_lack_header = exclusions.is_prefetch(headers) or not exclusions.is_navigation(headers)
    return cookie is not None and cookie.is_opted_out and may_lack_header


def renew(request: HttpRequest, response: HttpResponseBase, cookie: VisitorCookie) -> bool:
    """Send the cookie again if its value, name, or opt-out is not current; return the opt-out.

    The visitor id and the date of issue stay, so nobody counts twice.
    """
    is_opted_out = wants_opt_out(request, cookie)
    name = _choose_name(request)
    if cookie.is_current and cookie.name == name and cookie.is_opted_out == is_opted_out:
        return is_opted_out
    send(request, response, cookie.visitor, is_opted_out=is_opted_out, issued_at=cookie.issued_at)
    if cookie.name != name:
        _delete(response, cookie.name)
    return is_opted_out


def send(
    request: HttpRequest,
    response: HttpResponseBase,
    visitor: bytes,
    *,
    is_opted_out: bool,
    issued_at: float | None = None,
) -> None:
    """Set the cookie: until the browser closes for a visitor who opts out, else for its days."""
    issued_at = time.time() if issued_at is None else issued_at
    remaining_seconds = math.ceil(issued_at + visitor_cookie.max_age_seconds() - time.time())
    response.set_cookie(
        _choose_name(request),
        visitor_cookie.dump_cookie(visitor, is_opted_out=is_opted_out, issued_at=issued_at),
        max_age=None if is_opted_out else max(1, remaining_seconds),
        path=_path(),
        secure=_is_secure(),
        httponly=True,
        samesite="Lax",
    )
    _keep_private(response)


def expire(request: HttpRequest, response: HttpResponseBase) -> None:
    """Delete every visitor cookie that the request has."""
    for name in {*visitor_cookie.names(), conf.read().LANDING_VISITOR_COOKIE_NAME}:
        if name in request.COOKIES:
            _delete(response, name)


def _choose_name(request: HttpRequest) -> str:
    """Return the name with ``__Host-`` if a browser accepts it: over HTTPS, and for all paths."""
    name = conf.read().LANDING_VISITOR_COOKIE_NAME
    can_have_prefix = _is_secure() and request.is_secure() and _path() == "/"
    return HOST_PREFIX + name if can_have_prefix and not name.startswith("__") else name


def _delete(response: HttpResponseBase, name: str) -> None:
    path = "/" if name.startswith(HOST_PREFIX) else _path()
    # A browser ignores the deletion of a __Host- cookie that is not Secure.
    response.set_cookie(
        name, max_age=0, path=path, secure=_is_secure(), httponly=True, samesite="Lax"
    )
    _keep_private(response)


def _keep_private(response: HttpResponseBase) -> None:
    # A shared cache would give this visitor's cookie to everybody.
    patch_cache_control(response, private=True)
    patch_vary_headers(response, ("Cookie",))


def _path() -> str:
    # Sites under two paths of one host must not overwrite each other's cookie.
    return iri_to_uri(get_script_prefix()) or "/"


def _is_secure() -> bool:
    return conf.read().LANDING_VISITOR_COOKIE_SECURE and not settings.DEBUG
