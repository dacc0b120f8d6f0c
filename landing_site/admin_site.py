"""The admin site: logins are limited per network, and few passwords are hashed at a time.

django-axes counts failed logins in the database, so for all processes. Hashing a password keeps a
core busy for some tenths of a second, so each process also bounds how many it hashes at a time.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import Lock
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from landing.visitors import client

#: Networks that providers assign to one customer.
IPV6_PREFIX_LENGTH = 64
#: Half the cores, so that pages and connections keep the others.
MAX_LOGINS_AT_A_TIME = max(1, (os.cpu_count() or 1) // 2)
BUSY_SECONDS = 2


class RunningLogins:
    """The networks whose passwords are being hashed; at most one login of each network."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._networks: set[str] = set()
        self._lock = Lock()

    @contextmanager
    def running(self, network: str) -> Iterator[bool]:
        """Run the block as a login of the network. Yield whether it may go on."""
        with self._lock:
            is_free = network not in self._networks and len(self._networks) < self._limit
            if is_free:
                self._networks.add(network)
        try:
            yield is_free
        finally:
            if is_free:
                with self._lock:
                    self._networks.remove(network)


running_logins = RunningLogins(MAX_LOGINS_AT_A_TIME)


class LimitedAdminSite(admin.AdminSite):
    """Django's admin site, which hashes no password for a locked or busy network."""

    # In the thread of the request: a client that disconnects ends the view, but not its thread.
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method != "POST":
            return super().login(request, extra_context)
        if not AxesProxyHandler.is_allowed(request):
            return respond_locked(request)
        with running_logins.running(find_network(request)) as is_free:
            if is_free:
                return super().login(request, extra_context)
        return _refuse(request, HTTPStatus.SERVICE_UNAVAILABLE, BUSY_SECONDS)


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
    """Return the page for a network with too many failed logins. django-axes calls it, too."""
    seconds = round(settings.AXES_COOLOFF_TIME.total_seconds())
    return _refuse(request, HTTPStatus.TOO_MANY_REQUESTS, seconds)


def _refuse(request: HttpRequest, status: HTTPStatus, seconds: int) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "is_locked": status == HTTPStatus.TOO_MANY_REQUESTS,
        "minutes": seconds // 60,
    }
    response = TemplateResponse(
        request,
        "admin/landing/login_refused.html",
        context,
        status=status,
        headers={"Retry-After": str(seconds), "Cache-Control": "no-store"},
    )
    response.render()
    # Django would log a line for each attempt of an attack.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
