"""A WebSocket of Twisted on a real TCP connection, without a running reactor.

Nothing is read or written until a test does so. A test calls ``transport.doWrite()`` in place
of the reactor, which calls it when the kernel accepts more bytes.
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


class TcpConnection:
    """Both ends of a connection. Daphne passes a callable like ``send`` to the application."""

    def __init__(self, server_end: socket.socket, client: socket.socket, reactor: Any) -> None:
        self.client = client
        self.protocol = open_protocol(
            Server(server_end, None, client.getsockname(), None, 0, reactor)
        )
        self.transport: Any = self.protocol.transport
        self.transport.protocol = self.protocol
        self.transport.connected = 1
        self.send = partial(_handle_reply, self.protocol)

    def fill(self) -> int:
        """Write until the kernel accepts no more. Return the number of bytes."""
        written = 0
        while True:
            try:
                written += self.transport.getHandle().send(b"x" * 1000)
            except BlockingIOError:
                return written

    def read(self, size_bytes: int) -> bytes:
        """Read at the client while Twisted writes its queue."""
        data = b""
        while len(data) < size_bytes:
            if self.is_waiting_to_write():
                self.transport.doWrite()
            data += self.client.recv(min(1 << 16, size_bytes - len(data)))
        return data

    def is_waiting_to_write(self) -> bool:
        """Return whether Twisted waits for the kernel to accept more bytes."""
        return self.transport in self.transport.reactor.getWriters()

    def is_reading(self) -> bool:
        """Return whether Twisted waits for data from the client."""
        return self.transport in self.transport.reactor.getReaders()


@contextmanager
def open_tcp_connection(reactor: Any = None) -> Iterator[TcpConnection]:
    """Open a connection with the smallest buffers that Linux allows."""
    reactor = reactor or MemoryReactor()
    with socket.create_server((HOST, 0)) as listening, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER_BYTES)
        client.settimeout(10)
        client.connect(listening.getsockname())
        server_end, _ = listening.accept()
        with server_end:
            server_end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER_BYTES)
            server_end.setblocking(False)
            yield TcpConnection(server_end, client, reactor)


def open_protocol(transport: Any) -> Any:
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
