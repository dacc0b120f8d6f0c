"""Clients that send or wait too long before and after a WebSocket is open, without waiting."""

from __future__ import annotations

import pytest

from landing.live.transport.guard import CLOSING_SECONDS, MAX_DISCARDED_BYTES
from landing.live.transport.websocket_phases import MAX_EARLY_BYTES
from tests.live.transport.guarded_websocket import CLIENT, HANDSHAKE, GuardedConnection


@pytest.fixture
def connection() -> GuardedConnection:
    return GuardedConnection()


def test_a_client_that_does_not_let_its_refused_handshake_end_is_aborted(
    connection: GuardedConnection,
) -> None:
    connection.receive(HANDSHAKE)
    connection.reply("close")
    assert connection.statuses() == [b"403"]
    assert connection.transport.disconnecting

    connection.clock.advance(CLOSING_SECONDS)
    connection.guard.closing.sweep()
    assert connection.transport.disconnected


def test_a_connection_that_has_ended_has_no_deadline(connection: GuardedConnection) -> None:
    connection.receive(HANDSHAKE)
    connection.reply("accept")
    connection.protocol.dropConnection()
    assert len(connection.guard.closing) == 1
    connection.end()
    assert len(connection.guard.closing) == 0


def test_a_connection_that_is_dropped_after_its_end_has_no_deadline(
    connection: GuardedConnection,
) -> None:
    connection.receive(HANDSHAKE)
    connection.end()
    connection.protocol.dropConnection()
    assert len(connection.guard.closing) == 0


def test_few_bytes_after_the_end_of_a_websocket_are_discarded(
    connection: GuardedConnection,
) -> None:
    connection.receive(HANDSHAKE)
    connection.reply("close")
    connection.receive(b"x" * MAX_DISCARDED_BYTES)
    assert connection.protocol.data == b""
    assert not connection.transport.disconnected
    connection.receive(b"x")
    assert connection.transport.disconnected


def test_a_second_handshake_before_the_reply_is_not_parsed(connection: GuardedConnection) -> None:
    connection.receive(HANDSHAKE)
    connection.receive(HANDSHAKE)
    assert [message["type"] for message in connection.messages] == ["websocket.connect"]
    assert connection.guard.limits.connections_of(CLIENT) == 1

    connection.end()
    assert connection.guard.limits.connections_of(CLIENT) == 0


def test_a_frame_before_the_reply_is_read_after_it(connection: GuardedConnection) -> None:
    connection.receive(HANDSHAKE)
    connection.receive(b"\x81\x82\0\0\0\0{}")
    connection.reply("accept")
    assert connection.statuses() == [b"101"]
    assert connection.messages[1:] == [{"type": "websocket.receive", "text": "{}"}]


def test_a_client_that_sends_much_before_the_reply_is_aborted(
    connection: GuardedConnection,
) -> None:
    connection.receive(HANDSHAKE)
    connection.receive(b"x" * MAX_EARLY_BYTES)
    assert not connection.transport.disconnected
    connection.receive(b"x")
    assert connection.transport.disconnected
