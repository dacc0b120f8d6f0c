"""The reply to a handshake, written to a real TCP connection with small buffers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from autobahn.twisted.websocket import WebSocketServerFactory
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import Protocol
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure

from landing import conf
from landing.live.transport.direct_reply import write_reply
from landing.live.transport.guard import Guard
from landing.live.transport.websocket_guard import GuardedWebSocket
from tests.live.transport.tcp_connection import TcpConnection, open_tcp_connection

REPLY = b"HTTP/1.1 101 Switching Protocols"


@pytest.fixture
def connection() -> Iterator[TcpConnection]:
    with open_tcp_connection() as connection:
        yield connection


def test_a_reply_is_written_at_once(connection: TcpConnection) -> None:
    assert write_reply(connection.transport, REPLY) == b""
    assert connection.client.recv(100) == REPLY
    assert not connection.is_waiting_to_write()


def test_a_reply_waits_behind_earlier_bytes(connection: TcpConnection) -> None:
    connection.transport.write(b"earlier")
    assert write_reply(connection.transport, REPLY) == REPLY


def test_bytes_that_the_kernel_does_not_accept_are_returned(connection: TcpConnection) -> None:
    reply = REPLY * 100_000
    rest = write_reply(connection.transport, reply)
    assert 0 < len(rest) < len(reply)
    connection.transport.write(rest)
    assert connection.read(len(reply)) == reply


def test_a_reply_to_a_lost_or_wrapped_connection_is_returned(connection: TcpConnection) -> None:
    wrapper = ProtocolWrapper(WrappingFactory(None), Protocol())
    wrapper.transport = connection.transport
    assert write_reply(wrapper, REPLY) == REPLY
    connection.transport.connectionLost(Failure(ConnectionLost()))
    assert write_reply(connection.transport, REPLY) == REPLY


@pytest.mark.parametrize("fast_path", [True, False])
def test_a_handshake_is_answered_in_order_with_and_without_the_fast_path(
    connection: TcpConnection, settings: Any, fast_path: bool
) -> None:
    settings.LANDING_FAST_PATH = fast_path
    protocol: Any = GuardedWebSocket()
    protocol.factory = WebSocketServerFactory()
    protocol.factory.setProtocolOptions(openHandshakeTimeout=0)
    protocol.factory.guard = Guard.from_settings(conf.read())
    protocol.makeConnection(connection.transport)
    # Longer than the kernel accepts at once, and followed by more.
    reply = REPLY * 10_000
    protocol.sendData(reply)
    assert (len(connection.transport._tempDataBuffer[0]) < len(reply)) == fast_path
    protocol.sendData(b"more")
    assert connection.read(len(reply) + 4) == reply + b"more"
