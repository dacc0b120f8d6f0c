"""What a request or a WebSocket handshake says about the client that sent it.

Owns the reading of cookies, address and user agent, the same for both. Who the
client *is* gets decided in :mod:`landing.identity`; nothing here is ever stored.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest
from django.http.cookie import parse_cookie

from landing import conf


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
            conf.read().trusted_proxy_count,
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
            conf.read().trusted_proxy_count,
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


def trusted_address(peer: str, forwarded_for: str, trusted_proxy_count: int) -> str:
    """The address nearest to the client that somebody trustworthy has seen.

    Each proxy appends the peer it saw to ``X-Forwarded-For``: behind n trusted
    proxies that is the n-th hop from the right, and everything left of it is the
    client's own invention. Too few hops, or one that is no address: the peer.
    """
    hops = forwarded_for.split(",")
    if 0 < trusted_proxy_count <= len(hops):
        hop = normalise(hops[-trusted_proxy_count])
        if hop is not None:
            return hop
    return normalise(peer) or peer


def normalise(text: str) -> str | None:
    """One spelling per address, without brackets, port or zone; None: not an address."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
