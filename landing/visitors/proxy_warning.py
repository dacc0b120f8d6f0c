"""Warn once if a proxy seems to stand in front of the server and none is configured.

Otherwise all visitors would silently share the proxy's address, with its rate limits and, if
they have no cookie, its visitor id. The warning contains no address.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from threading import Lock
from typing import Any

from django.core.signals import setting_changed

from .. import conf
from .address import normalize

logger = logging.getLogger(__name__)

#: Headers in which proxies, load balancers, and CDNs send the client's address.
ADDRESS_HEADERS = (
    "X-Forwarded-For",
    "Forwarded",
    "X-Real-IP",
    "X-Client-IP",
    "X-Original-Forwarded-For",
    "X-Cluster-Client-IP",
    "X-Envoy-External-Address",
    "X-ProxyUser-IP",
    "Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "CF-Connecting-IPv6",
    "CF-Pseudo-IPv4",
    "CloudFront-Viewer-Address",
    "Fastly-Client-IP",
    "Fly-Client-IP",
    "DO-Connecting-IP",
    "X-NF-Client-Connection-IP",
    "X-Vercel-Forwarded-For",
    "X-Vercel-Proxied-For",
    "X-Azure-ClientIP",
    "X-Azure-SocketIP",
    "X-AppEngine-User-IP",
    "Incap-Client-IP",
    "X-Sucuri-ClientIP",
    "Ali-CDN-Real-IP",
    "EO-Connecting-IP",
    "WL-Proxy-Client-IP",
    "Proxy-Client-IP",
)
#: Headers that only a proxy has a reason to send.
OTHER_HEADERS = (
    "X-Forwarded-Proto",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Forwarded-SSL",
    "X-Forwarded-Scheme",
    "X-Forwarded-Protocol",
    "X-Forwarded-Prefix",
    "X-Forwarded-By",
    "X-Forwarded-Client-Cert",
)

_NAMES = {name.lower(): name for name in (*ADDRESS_HEADERS, *OTHER_HEADERS)}
_ADDRESS_NAMES = frozenset(name.lower() for name in ADDRESS_HEADERS)
#: The keys of these headers in ``request.META``.
_META_NAMES = {f"HTTP_{name.upper().replace('-', '_')}": name for name in _NAMES}


_PARAMETER = re.compile(r"^\s*for\s*=", re.IGNORECASE)


class ProxyWarning:
    """The warning of one process. Thread-safe."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Warn again, if there is still a reason."""
        self._first = Lock()

    def check_meta(self, peer: str, meta: Mapping[str, object]) -> None:
        """Check the headers of a request."""
        if self._is_needed() and not _META_NAMES.keys().isdisjoint(meta):
            self._warn(
                peer, {_META_NAMES[key]: str(meta[key]) for key in _META_NAMES if key in meta}
            )

    def check_headers(self, peer: str, headers: Mapping[str, str]) -> None:
        """Check the headers of a handshake, by lower-case name."""
        if self._is_needed() and not _NAMES.keys().isdisjoint(headers):
            self._warn(peer, {name: headers[name] for name in _NAMES if name in headers})

    def _is_needed(self) -> bool:
        return not self._first.locked() and not conf.is_set("LANDING_TRUSTED_PROXY_COUNT")

    def _warn(self, peer: str, found: Mapping[str, str]) -> None:
        if _is_known(peer, found) or not self._first.acquire(blocking=False):
            return
        logger.warning(
            "A request has the header %s, but %s is not set, so everybody behind a proxy shares "
            "its address. Set it to the number of your proxies, which must append to "
            "X-Forwarded-For, or to 0 if there is none.",
            _NAMES[next(iter(found))],
            conf.spell("LANDING_TRUSTED_PROXY_COUNT"),
        )


def _is_known(peer: str, found: Mapping[str, str]) -> bool:
    """Return whether the server has already taken the peer from a header (--proxy-headers)."""
    address = normalize(peer)
    return address is not None and any(
        address in (normalize(hop), normalize(hop.rpartition(":")[0]))
        for name in _ADDRESS_NAMES & found.keys()
        for hop in _hops(found[name])
    )


def _hops(value: str) -> list[str]:
    """Return the addresses in a header, each possibly with a port.

    ``Forwarded`` has parameters: https://www.rfc-editor.org/rfc/rfc7239#section-4
    """
    return [_PARAMETER.sub("", part).strip(' "') for part in re.split("[,;]", value)]


proxy_warning = ProxyWarning()


def _reset(*, setting: str, **kwargs: Any) -> None:
    if setting in ("LANDING_TRUSTED_PROXY_COUNT", conf.DICTIONARY):
        proxy_warning.reset()


setting_changed.connect(_reset)
