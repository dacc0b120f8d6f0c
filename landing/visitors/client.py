"""Read cookies, address, and user agent of a request or a WebSocket handshake.

Both are read in the same way, so that a visitor has one identity. Nothing here is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.http.cookie import parse_cookie

from .. import conf
from .address import trusted_address
from .proxy_warning import proxy_warning


class Client(NamedTuple):
    """The sender. ``address`` is normalized, and empty if the server does not know the peer."""

    cookies: Mapping[str, str]
    address: str
    user_agent: str


def from_request(request: HttpRequest) -> Client:
    """Return the sender of a Django or DRF request."""
    meta = request.META
    peer = meta.get("REMOTE_ADDR", "")
    proxy_warning.check_meta(peer, meta)
    return Client(
        request.COOKIES,
        trusted_address(
            peer,
            meta.get("HTTP_X_FORWARDED_FOR", ""),
            conf.read().LANDING_TRUSTED_PROXY_COUNT,
        ),
        meta.get("HTTP_USER_AGENT", ""),
    )


def from_scope(scope: Mapping[str, Any], headers: Mapping[str, str]) -> Client:
    """Return the sender of an ASGI scope, with the same result as for its Django request.

    ``headers`` come from :func:`headers_of_scope`, whose callers need them for more.
    """
    peer = (scope.get("client") or [""])[0]
    proxy_warning.check_headers(peer, headers)
    return Client(
        parse_cookie(headers.get("cookie", "")),
        trusted_address(
            peer,
            headers.get("x-forwarded-for", ""),
            conf.read().LANDING_TRUSTED_PROXY_COUNT,
        ),
        headers.get("user-agent", ""),
    )


def headers_of_scope(scope: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers by lower-case name, with repeated headers joined as Django does."""
    joined: dict[bytes, bytes] = {}
    for key, value in scope["headers"]:
        name = key.lower()
        if name in joined:
            joined[name] += (b"; " if name == b"cookie" else b",") + value
        else:
            joined[name] = value
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in joined.items()}
