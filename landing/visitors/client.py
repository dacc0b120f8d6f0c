"""What a request or a WebSocket handshake says about the client that sent it.

Owns the reading of cookies, address and user agent, the same for both. Who the
client *is* gets decided in :mod:`landing.visitors.identity`; nothing here is ever stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.http.cookie import parse_cookie

from .. import conf
from .address import trusted_address


class Client(NamedTuple):
    """``address`` is normalised, and empty where the server does not know a peer."""

    cookies: Mapping[str, str]
    address: str
    user_agent: str


def of_request(request: HttpRequest) -> Client:
    """The sender of a Django or DRF request."""
    meta = request.META
    return Client(
        request.COOKIES,
        trusted_address(
            meta.get("REMOTE_ADDR", ""),
            meta.get("HTTP_X_FORWARDED_FOR", ""),
            conf.read().LANDING_TRUSTED_PROXY_COUNT,
        ),
        meta.get("HTTP_USER_AGENT", ""),
    )


def of_scope(scope: Mapping[str, Any]) -> Client:
    """The sender of an ASGI HTTP or WebSocket scope, read as Django reads a request."""
    peer = scope.get("client")
    headers = headers_of_scope(scope)
    return Client(
        parse_cookie(headers.get("cookie", "")),
        trusted_address(
            peer[0] if peer else "",
            headers.get("x-forwarded-for", ""),
            conf.read().LANDING_TRUSTED_PROXY_COUNT,
        ),
        headers.get("user-agent", ""),
    )


def headers_of_scope(scope: Mapping[str, Any]) -> dict[str, str]:
    """By name in lower case; what was sent more than once is joined as Django joins it."""
    joined: dict[bytes, bytes] = {}
    for key, value in scope["headers"]:
        name = key.lower()
        if name in joined:
            joined[name] += (b"; " if name == b"cookie" else b",") + value
        else:
            joined[name] = value
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in joined.items()}
