"""Listening sockets of Daphne's factories with a guard. A test takes the place of the reactor."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from daphne.http_protocol import HTTPFactory
from daphne.ws_protocol import WebSocketFactory
from twisted.internet.tcp import Port
from twisted.internet.testing import MemoryReactorClock
from twisted.internet.unix import Port as UnixPort

from landing.live.transport import daphne
from tests.live.transport.guarded_websocket import build_guard
from tests.services.ports import HOST


class Server:
    """The attributes of Daphne's server that its factories use."""

    server_name = "daphne"

    def __init__(self) -> None:
        self.connections: dict[object, object] = {}

    def protocol_connected(self, protocol: object) -> None:
        """Do nothing: the server would note the time."""

    def protocol_disconnected(self, protocol: object) -> None:
        """Do nothing: the server would end the application."""


class GuardedPorts:
    """A reactor with the ports of one Daphne server, and the clients of the ports.

    Time passes only if a test advances ``reactor``.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
        self.reactor: Any = MemoryReactorClock()
        self.guard = build_guard(self.reactor, **settings)
        self.server: Any = Server()
        self.factory = HTTPFactory(self.server)
        self.factory.reactor = self.reactor
        self.server.ws_factory = WebSocketFactory(self.server, reactor=self.reactor)
        self.server.ws_factory.server = "daphne"
        self._stack = ExitStack()
        monkeypatch.setitem(sys.modules, "twisted.internet.reactor", self.reactor)

    def listen(self, factory: Any = None) -> Port:
        """Listen on a TCP port."""
        return self._start(Port(0, factory or self.factory, 50, HOST, self.reactor))

    def listen_on_unix_socket(self, path: Path) -> UnixPort:
        """Listen on a Unix socket."""
        return self._start(UnixPort(str(path), self.factory, reactor=self.reactor))

    def _start(self, port: Any) -> Any:
        port.startListening()
        self._stack.callback(port.connectionLost, None)
        return port

    def install(self) -> None:
        """Install the guard as the application does, and run the reactor."""
        daphne.guard_when_listening(self.guard)
        self.reactor.run()

    def connect(self, port: Any) -> socket.socket:
        """Connect a client, and let the port accept or refuse it."""
        address = port.socket.getsockname()
        client = self._stack.enter_context(socket.socket(port.socket.family))
        client.settimeout(60)
        client.connect(address)
        port.doRead()
        return client

    def transports(self) -> list[Any]:
        """Return the server's ends of the open connections, the oldest first."""
        accepted = [each for each in self.reactor.getReaders() if hasattr(each, "protocol")]
        return sorted(accepted, key=lambda transport: transport.sessionno)

    def count(self) -> int:
        """Return how many connections the guard counts for the network of the clients."""
        return self.guard.limits.connections_of(HOST)

    def close(self) -> None:
        """Close all sockets."""
        for transport in self.transports():
            transport.abortConnection()
        self.reactor.advance(1)
        self._stack.close()
