"""Clients that send or wait too long before and after a WebSocket is open, without waiting."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from daphne.ws_protocol import WebSocketFactory
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from landing.conf import LandingSettings
from landing.live.transport.guard import CLOSING_SECONDS, MAX_DISCARDED_BYTES, Guard
from landing.live.transport.websocket_guard import guard_websockets
from landing.live.transport.websocket_phases import MAX_EARLY_BYTES

CLIENT = "203.0.113.7"
HANDSHAKE = (
    b"GET /ws/landing/ HTTP/1.1\r\nHost: testserver\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nX-Forwarded-For: 203.0.113.7\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Connection:
    """One guarded WebSocket behind a proxy. Its deadlines follow ``clock``."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.guard = Guard.from_settings(LandingSettings(LANDING_TRUSTED_PROXY_COUNT=1))
        self.guard.closing._clock = self.clock.seconds
        self.messages: list[Any] = []
        server = SimpleNamespace(
            protocol_connected=lambda protocol: None,
            protocol_disconnected=lambda protocol: None,
            create_application=lambda protocol, scope: SimpleNamespace(
                put_nowait=self.messages.append, qsize=lambda: 0
            ),
            log_action=lambda *action: None,
            proxy_forwarded_address_header=None,
            root_path="",
        )
        factory = WebSocketFactory(server, reactor=self.clock)
        factory.setProtocolOptions(openHandshakeTimeout=0)
        guard_websockets(factory, self.guard)
        self.protocol: Any = factory.buildProtocol(None)
        self.protocol._raw_query_string = b""
        self.transport = StringTransport()
        self.transport.registerProducer(self.protocol, True)
        self.protocol.makeConnection(self.transport)

    def receive(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def reply(self, type: str) -> None:
        self.protocol.handle_reply({"type": f"websocket.{type}"})

    def end(self) -> None:
        self.transport.connected = False
        self.protocol.connectionLost(Failure(ConnectionDone()))

    def statuses(self) -> list[bytes]:
        """Return the statuses of the replies so far."""
        return [part[:3] for part in self.transport.value().split(b"HTTP/1.1 ")[1:]]


@pytest.fixture
def connection() -> Connection:
    return Connection()


def test_a_client_that_does_not_let_its_refused_handshake_end_is_aborted(
    connection: Connection,
) -> None:
    connection.receive(HANDSHAKE)
    connection.reply("close")
    assert connection.statuses() == [b"403"]
    assert connection.transport.disconnecting

    connection.clock.advance(CLOSING_SECONDS)
    connection.guard.closing.sweep()
    assert connection.transport.disconnected


def test_a_connection_that_has_ended_has_no_deadline(connection: Connection) -> None:
    connection.receive(HANDSHAKE)
    connection.reply("accept")
    connection.protocol.dropConnection()
    assert len(connection.guard.closing) == 1
    connection.end()
    assert len(connection.guard.closing) == 0


def test_a_connection_that_is_dropped_after_its_end_has_no_deadline(
    connection: Connection,
) -> None:
    connection.receive(HANDSHAKE)
    connection.end()
    connection.protocol.dropConnection()
    assert len(connection.guard.closing) == 0


def test_few_bytes_after_the_end_of_a_websocket_are_discarded(connection: Connection) -> None:
    connection.receive(HANDSHAKE)
    connection.reply("close")
    connection.receive(b"x" * MAX_DISCARDED_BYTES)
    assert connection.protocol.data == b""
    assert not connection.transport.disconnected
    connection.receive(b"x")
    assert connection.transport.disconnected


def test_a_second_handshake_before_the_reply_is_not_parsed(connection: Connection) -> None:
    connection.receive(HANDSHAKE)
    connection.receive(HANDSHAKE)
    assert [message["type"] for message in connection.messages] == ["websocket.connect"]
    assert connection.guard.limits.connections_of(CLIENT) == 1

    connection.end()
    assert connection.guard.limits.connections_of(CLIENT) == 0


def test_a_frame_before_the_reply_is_read_after_it(connection: Connection) -> None:
    connection.receive(HANDSHAKE)
    connection.receive(b"\x81\x82\0\0\0\0{}")
    connection.reply("accept")
    assert connection.statuses() == [b"101"]
    assert connection.messages[1:] == [{"type": "websocket.receive", "text": "{}"}]


def test_a_client_that_sends_much_before_the_reply_is_aborted(connection: Connection) -> None:
    connection.receive(HANDSHAKE)
    connection.receive(b"x" * MAX_EARLY_BYTES)
    assert not connection.transport.disconnected
    connection.receive(b"x")
    assert connection.transport.disconnected
