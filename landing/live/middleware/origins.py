"""The check of the host and the origin of a WebSocket handshake.

A browser sends cookies with a handshake to any host, and no other rule keeps the pages of other
sites away. docs/protocol.md describes what is refused.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http.request import split_domain_port, validate_host
from django.utils.http import is_same_domain

DEFAULT_PORTS = {"http": "80", "https": "443"}


class Origin(NamedTuple):
    """A scheme, a host in lower case and without its last dot, and a port."""

    scheme: str
    host: str
    port: str


async def refuse(scope: Any, receive: Any, send: Any) -> None:
    """Answer a handshake with 403."""
    await send({"type": "websocket.close"})


class SameSiteOrigins:
    """Refuses a handshake for a foreign host, or from another site's page, with 403.

    Programs other than browsers send no ``Origin`` and are accepted.
    """

    def __init__(self, application: Any) -> None:
        self._application = application
        self._trusted = [urlsplit(origin) for origin in settings.CSRF_TRUSTED_ORIGINS]
        self._relevant = _relevant_headers()
        # Nearly all handshakes have the same host and origin, and a request takes long to build.
        self._accepts_cached = lru_cache(maxsize=64)(self._accepts_headers)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the handshake on, or refuse it."""
        application = self._application if self._accepts(scope) else refuse
        await application(scope, receive, send)

    def _accepts(self, scope: Any) -> bool:
        headers = tuple(
            (lower, value)
            for name, value in scope["headers"]
            if (lower := name.lower()) in self._relevant
        )
        server = tuple(scope.get("server") or ())
        return self._accepts_cached(headers, scope.get("scheme", "ws"), server)

    def _accepts_headers(
        self, headers: tuple[tuple[bytes, bytes], ...], scheme: str, server: tuple[Any, ...]
    ) -> bool:
        # Django's own rules for the host, the scheme, and the headers of proxies. They do not
        # depend on the path and the query, which may be undecodable.
        bare = {
            "type": "websocket",
            "method": "GET",
            "path": "/",
            "root_path": "",
            "query_string": b"",
            "headers": headers,
            "scheme": scheme,
            "server": server or None,
        }
        request = ASGIRequest(bare, BytesIO())
        try:
            host = request.get_host()
        except DisallowedHost:
            return False
        origin = request.headers.get("Origin")
        is_secure = request.scheme in ("https", "wss")
        return origin is None or self._is_trusted(origin, host, is_secure)

    def _is_trusted(self, text: str, host: str, is_secure: bool) -> bool:
        origin = parse_origin(text)
        if origin is None:
            return False
        return self._is_listed(origin) or _is_of_this_site(origin, host, is_secure)

    def _is_listed(self, origin: Origin) -> bool:
        """Return whether the origin is one of ``CSRF_TRUSTED_ORIGINS``."""
        for each in self._trusted:
            # Django writes all subdomains as *.example.org, but compares with .example.org.
            pattern, port = split_domain_port(each.netloc.removeprefix("*"))
            if (
                origin.scheme == each.scheme
                and origin.port == (port or DEFAULT_PORTS.get(each.scheme, ""))
                and is_same_domain(origin.host, pattern)
            ):
                return True
        return False


def _relevant_headers() -> frozenset[bytes]:
    """Return the names of the headers that Django derives host and scheme from, and the origin."""
    names = {b"host", b"origin", b"x-forwarded-host", b"x-forwarded-port"}
    if settings.SECURE_PROXY_SSL_HEADER:
        name = settings.SECURE_PROXY_SSL_HEADER[0].removeprefix("HTTP_")
        names.add(name.replace("_", "-").lower().encode())
    return frozenset(names)


def parse_origin(text: str) -> Origin | None:
    """Return the parts of an ``Origin`` header; None for "null" and anything malformed."""
    scheme, separator, netloc = text.lower().partition("://")
    domain, port = split_domain_port(netloc)
    if not separator or not domain:
        return None
    return Origin(scheme, domain, port or DEFAULT_PORTS.get(scheme, ""))


def _is_of_this_site(origin: Origin, host: str, is_secure: bool) -> bool:
    """Return whether a page of this site, on the port of the handshake, has the origin.

    Behind a proxy, TLS may be unknown to the server. Browsers open no unencrypted WebSocket from an
    HTTPS page, so such an origin proves TLS. The opposite, a page without TLS that opens an
    encrypted WebSocket, may be the page of somebody on the path.
    """
    schemes = ("https",) if is_secure else ("http", "https")
    domain, port = split_domain_port(host)
    if origin.scheme not in schemes or origin.port != (port or DEFAULT_PORTS[origin.scheme]):
        return False
    if origin.host == domain:
        return True
    # The wildcard for every host must not let in the pages of every site.
    return validate_host(origin.host, [each for each in _allowed_hosts() if each != "*"])


def _allowed_hosts() -> list[str]:
    """Return the patterns as Django compares them: without the last dot."""
    return [each.removesuffix(".") for each in settings.ALLOWED_HOSTS]
