"""A WebSocket that Twisted accepted, on a real TCP connection and without a running reactor.

Only tests read and write. ``transport.doWrite()`` is the call of the reactor when the kernel
accepts more bytes.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet.tcp import Server
from twisted.internet.testing import MemoryReactor

from tests.services.ports import HOST

#: The smallest buffer that Linux allows.
SMALL_BUFFER_BYTES = 4096


class Accepted:
    """Both ends. ``send`` is the callable that Daphne passes to the application."""

    def __init__(self, ours: socket.socket, client: socket.socket, reactor: Any) -> None:
        self.client = client
        self.protocol = protocol_on(Server(ours, None, client.getsockname(), None, 0, reactor))
        self.transport: Any = self.protocol.transport
        self.transport.protocol = self.protocol
        self.transport.connected = 1
        self.send = partial(_handle_reply, self.protocol)

    def fill(self) -> int:
        """Write until the kernel accepts no more. Return the number of bytes."""
        taken = 0
        while True:
            try:
                taken += self.transport.getHandle().send(b"x" * 1000)
            except BlockingIOError:
                return taken

    def read(self, size_bytes: int) -> bytes:
        """Read at the client while Twisted writes its queue."""
        data = b""
        while len(data) < size_bytes:
            if self.waits():
                self.transport.doWrite()
            data += self.client.recv(min(1 << 16, size_bytes - len(data)))
        return data

    def waits(self) -> bool:
        """Return whether Twisted waits for the kernel to accept more bytes."""
        return self.transport in self.transport.reactor.getWriters()

    def reads(self) -> bool:
        """Return whether Twisted waits for data of the client."""
        return self.transport in self.transport.reactor.getReaders()


@contextmanager
def accepted(reactor: Any = None) -> Iterator[Accepted]:
    """Connect both ends with the smallest buffers."""
    reactor = reactor or MemoryReactor()
    with socket.create_server((HOST, 0)) as listening, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        client.settimeout(10)
        client.connect(listening.getsockname())
        ours, _ = listening.accept()
        with ours:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER_BYTES)
            ours.setblocking(False)
            yield Accepted(ours, client, reactor)


def protocol_on(transport: Any) -> Any:
    """Return the protocol object of autobahn after the handshake."""
    factory = WebSocketServerFactory()
    factory.setProtocolOptions(openHandshakeTimeout=0)
    protocol = WebSocketServerProtocol()
    protocol.factory = factory
    protocol.makeConnection(transport)
    protocol.state = protocol.STATE_OPEN
    return protocol


async def _handle_reply(protocol: Any, message: Any) -> None:
    """Handle a message like Daphne's ``Server.handle_reply``."""
    protocol.sendMessage(message["text"].encode())
