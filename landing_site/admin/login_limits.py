"""The limits of logins to the admin, and the page of a refused one.

django-axes counts failed logins in the database, so for all processes. Hashing a password keeps a
core busy for some tenths of a second, so each process also bounds how many it hashes at a time.
"""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from http import HTTPStatus
from threading import Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import get_script_prefix

from landing.limits import hits
from landing.limits.hits import Limit
from landing.visitors import client
from landing_site.async_middleware import AsyncMiddleware

LOGIN_PATH = "/admin/login/"
#: Networks that providers assign to one customer.
IPV6_PREFIX_LENGTH = 64
#: Half the cores, so that pages and connections keep the others.
MAX_LOGINS_AT_A_TIME = max(1, (os.cpu_count() or 1) // 2)
BUSY_SECONDS = 2
#: How long a process refuses a locked network without a query. An unlock takes this long.
REMEMBERED_SECONDS = 5.0
MAX_REMEMBERED = 1_000


class RunningLogins:
    """The networks whose passwords are being hashed; at most one login of each network."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._networks: set[str] = set()
        self._lock = Lock()

    def has_room(self, network: str) -> bool:
        """Return whether a login of the network could run now."""
        return network not in self._networks and len(self._networks) < self._limit

    @contextmanager
    def running(self, network: str) -> Iterator[bool]:
        """Run the block as a login of the network. Yield whether it may go on."""
        with self._lock:
            is_free = self.has_room(network)
            if is_free:
                self._networks.add(network)
        try:
            yield is_free
        finally:
            if is_free:
                with self._lock:
                    self._networks.remove(network)


class RecentLocks:
    """Networks that were found locked a moment ago. ``clock`` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def add(self, network: str) -> None:
        """Remember the network for :data:`REMEMBERED_SECONDS`."""
        if len(self._until) >= MAX_REMEMBERED:
            self._until.clear()  # each network then costs one more query
        self._until[network] = self._clock() + REMEMBERED_SECONDS

    def __contains__(self, network: str) -> bool:
        return self._until.get(network, 0.0) > self._clock()

    def clear(self) -> None:
        """Forget all networks."""
        self._until.clear()


running_logins = RunningLogins(MAX_LOGINS_AT_A_TIME)
recent_locks = RecentLocks()


class LoginLimitMiddleware(AsyncMiddleware):
    """Refuse most logins of an attack in the event loop: without a thread, a form, or a query.

    A login that passes is checked again in the thread of the request, in
    :mod:`landing_site.admin.site`.
    """

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return a refusal, or the response of the site."""
        if request.method == "POST" and request.path_info == LOGIN_PATH:
            network = find_network(request)
            if network in recent_locks:
                return refuse_locked()
            if not running_logins.has_room(network):
                return refuse_busy()
        return await self.get_response(request)


def find_network(request: HttpRequest) -> str:
    """Return the network of the client: an IPv4 address, or the first address of an IPv6 /64.

    All clients without an address, as on a Unix socket, are one network.
    """
    try:
        address = ipaddress.ip_address(client.from_request(request).address)
    except ValueError:
        return "0.0.0.0"  # noqa: S104
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_PREFIX_LENGTH), strict=False)[0])


def respond_locked(request: HttpRequest, *others: Any) -> HttpResponse:
    """Remember that the network is locked, and return its page. django-axes calls it, too."""
    recent_locks.add(find_network(request))
    return refuse_locked()


def refuse_locked() -> HttpResponse:
    """Return the page for a network with too many failed logins."""
    seconds = round(settings.AXES_COOLOFF_TIME.total_seconds())
    return _refuse(HTTPStatus.TOO_MANY_REQUESTS, seconds)


def refuse_busy() -> HttpResponse:
    """Return the page for a login while too many others run."""
    return _refuse(HTTPStatus.SERVICE_UNAVAILABLE, BUSY_SECONDS)


def _refuse(status: HTTPStatus, seconds: int) -> HttpResponse:
    hits.count(Limit.LOGINS)
    response = HttpResponse(
        _render(status, seconds, get_script_prefix()),
        status=status,
        headers={"Retry-After": str(seconds), "Cache-Control": "no-store"},
    )
    # Django would log a line for each attempt of an attack.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


@lru_cache(maxsize=16)
def _render(status: HTTPStatus, seconds: int, script_prefix: str) -> str:
    context = {"is_locked": status == HTTPStatus.TOO_MANY_REQUESTS, "minutes": seconds // 60}
    return render_to_string("admin/login_refused.html", context)
