"""Accepted TCP connections that are counted from the accept to their end.

The HTTP protocol of a connection may give way to a WebSocket, but its socket stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.error import ConnectionAborted
from twisted.internet.tcp import Server
from twisted.python.failure import Failure

#: Called with the peer's address. The first returns whether to accept the connection.
Admit = Callable[[str], bool]
Release = Callable[[str], None]


class CountedSocket(Server):
    """An accepted connection that reports its end."""

    _is_released = False

    def connectionLost(self, reason: Any) -> None:  # noqa: N802  Twisted's name
        """Report the end of the connection, once, whatever protocol it has spoken."""
        if not self._is_released:
            self._is_released = True
            server: Any = self.server
            server.release(self.client[0])
        super().connectionLost(reason)

    def close_now(self) -> None:
        """Close within this call, unlike ``abortConnection``: the file is needed at once."""
        transport: Any = self
        failure: Any = Failure
        transport.stopReading()
        transport.stopWriting()
        transport.connectionLost(failure(ConnectionAborted()))


class CountedFactory:
    """The factory of one port, which asks before it accepts. Ports may share the factory in it."""

    def __init__(self, factory: Any, admit: Admit) -> None:
        self._factory = factory
        self._admit = admit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._factory, name)

    def buildProtocol(self, address: Any) -> Any:  # noqa: N802  Twisted's name
        """Return a protocol, or None, so that Twisted closes the connection."""
        return self._factory.buildProtocol(address) if self._admit(address.host) else None


def count_sockets(port: Any, admit: Admit, release: Release) -> None:
    """Ask ``admit`` for each connection that the port accepts, and call ``release`` at its end."""
    port.factory = CountedFactory(port.factory, admit)
    port.release = release
    # Twisted documents that a port's transport may be replaced.
    port.transport = CountedSocket
