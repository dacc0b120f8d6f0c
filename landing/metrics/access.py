"""Access to the metrics: for a scraper with the token, else for programs on the same machine."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils.crypto import constant_time_compare

from .. import conf
from ..visitors import proxy_warning
from ..visitors.address import normalize

#: Visitors may have proxies of their own, which add Via, so it does not cause the warning.
FORWARDING_HEADERS = (*proxy_warning.ADDRESS_HEADERS, *proxy_warning.OTHER_HEADERS, "Via")


def may_read_metrics(request: HttpRequest) -> bool:
    """Return whether the request has the token or, if there is none, comes from this machine."""
    if settings.DEBUG:
        return True
    if token := conf.read().LANDING_METRICS_TOKEN:
        return _has_token(request, token)
    return _is_local(request)


def _has_token(request: HttpRequest, token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and constant_time_compare(given.strip(), token)


def _is_local(request: HttpRequest) -> bool:
    """Return whether the request comes from this machine, and not through a proxy on it.

    A proxy that adds no header still passes a public ``Host``, or none of its visitors could
    connect: the origin of their page would not match. nginx without any setting passes its own, and
    speaks HTTP/1.0.
    """
    host, _ = split_domain_port(request.headers.get("Host", ""))
    return (
        conf.read().LANDING_TRUSTED_PROXY_COUNT == 0
        and not any(name in request.headers for name in FORWARDING_HEADERS)
        and _http_version(request) != "1.0"
        and _is_loopback(request.META.get("REMOTE_ADDR", ""))
        and (host == "localhost" or _is_loopback(host))
    )


def _http_version(request: HttpRequest) -> str | None:
    """Return the version, such as ``1.1``, of an ASGI or a WSGI server; None if it is unknown."""
    protocol: str = request.META.get("SERVER_PROTOCOL", "")
    scope: dict[str, Any] = getattr(request, "scope", {})
    return scope.get("http_version") or protocol.removeprefix("HTTP/") or None


def _is_loopback(text: str) -> bool:
    address = normalize(text)
    return address is not None and ipaddress.ip_address(address).is_loopback
