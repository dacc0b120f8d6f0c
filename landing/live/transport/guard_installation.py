"""Install the guard on Daphne's listening sockets.

By itself, Daphne accepts every connection, stores every body, and queues every frame. The guard
replaces the protocols of its two factories with those of :mod:`.http_guard` and
:mod:`.websocket_guard`. It removes the server's name, too. Under another server nothing changes,
and the guard is not installed.
"""

from __future__ import annotations

from socket import AF_INET, AF_INET6
from typing import Any

from twisted.internet.tcp import Port

from .counted_sockets import count_sockets
from .deadlines import sweep_forever
from .graceful_stop import GracefulStop
from .guard import Guard
from .http_guard import guard_http
from .websocket_guard import guard_websockets

INTERNET = (AF_INET, AF_INET6)

#: Daphne's default of ``--server-name``.
DEFAULT_SERVER_NAME = "daphne"


def install(reactor: Any, guard: Guard) -> None:
    """Guard every listening socket of Daphne, start the deadlines, and handle signals."""
    # Daphne has one factory for all its sockets.
    guarded: set[Any] = set()
    ports, servers = [], set()
    for port in reactor.getReaders():
        factory = getattr(port, "factory", None)
        # A TLS port wraps the factory of HTTP.
        factory = getattr(factory, "wrappedFactory", factory)
        server = getattr(factory, "server", None)
        websockets = getattr(server, "ws_factory", None)
        if websockets is None:
            continue
        ports.append(port)
        servers.add(server)
        if factory not in guarded:
            guarded.add(factory)
            _hide_name(server)
            guard_http(factory, guard)
            guard_websockets(websockets, guard)
        # The peer of a Unix socket is a proxy on this machine.
        if isinstance(port, Port) and port.addressFamily in INTERNET:
            count_sockets(port, guard.admit, guard.release)
    guard.is_installed = bool(guarded)
    GracefulStop(reactor, guard, ports, servers).install()
    sweep_forever(reactor, guard.deadlines)


def _hide_name(server: Any) -> None:
    """Send no ``Server`` header, unless the operator has chosen one.

    ``runserver`` has no option for it.
    """
    if server.server_name == DEFAULT_SERVER_NAME:
        server.server_name = server.ws_factory.server = ""
