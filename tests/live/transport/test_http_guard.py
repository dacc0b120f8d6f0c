"""Requests that arrive too slowly, without waiting for them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from daphne.http_protocol import HTTPFactory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from landing.conf import LandingSettings
from landing.live.transport import guard as guards
from landing.live.transport.guard import Guard
from landing.live.transport.http_guard import guard_http


class Transport(StringTransport):
    """Records the bytes that are written, and the end of the connection."""

    half_closed = aborted = False

    def loseWriteConnection(self) -> None:  # noqa: N802
        self.half_closed = True

    def abortConnection(self) -> None:  # noqa: N802
        self.aborted = True


class Connection:
    """One guarded connection. Its deadlines follow ``clock``."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.guard = Guard.from_settings(LandingSettings())
        for deadline in self.guard.deadlines:
            deadline._clock = self.clock.seconds
        self.applications: list[Any] = []
        server = SimpleNamespace(
            protocol_connected=lambda protocol: None,
            protocol_disconnected=lambda protocol: None,
            create_application=lambda protocol, scope: self.applications.append(scope),
            proxy_forwarded_address_header=None,
            root_path="",
            request_buffer_size=8192,
            server_name="",
        )
        factory = HTTPFactory(server)
        factory.reactor = self.clock
        guard_http(factory, self.guard)
        self._protocol = factory.buildProtocol(None)
        self.transport = Transport()
        self._protocol.makeConnection(self.transport)

    def receive(self, data: bytes) -> None:
        self._protocol.dataReceived(data)

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        for deadline in self.guard.deadlines:
            deadline.sweep()

    @property
    def sent(self) -> bytes:
        return bytes(self.transport.value())


@pytest.fixture
def connection() -> Connection:
    return Connection()


def test_a_silent_connection_closes_without_an_answer(connection: Connection) -> None:
    connection.wait(guards.HEAD_SECONDS)

    assert connection.sent == b""
    assert connection.transport.disconnecting


def test_a_head_that_arrives_byte_by_byte_gets_408(connection: Connection) -> None:
    for _ in range(int(guards.HEAD_SECONDS)):
        connection.receive(b"G")
        connection.wait(1)

    assert connection.sent.startswith(b"HTTP/1.1 408 ")
    assert connection.transport.half_closed


def test_a_body_that_arrives_byte_by_byte_gets_408(connection: Connection) -> None:
    connection.receive(b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(int(guards.BODY_SECONDS)):
        connection.receive(b"x")
        connection.wait(1)

    assert connection.sent.startswith(b"HTTP/1.1 408 ")
    assert connection.applications == []


def test_a_client_that_does_not_read_408_is_aborted(connection: Connection) -> None:
    connection.receive(b"GET /")
    connection.wait(guards.HEAD_SECONDS)
    connection.wait(guards.CLOSING_SECONDS)

    assert connection.transport.aborted


def test_a_request_in_time_has_no_deadline_while_it_is_answered(connection: Connection) -> None:
    connection.wait(guards.HEAD_SECONDS - 1)
    connection.receive(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nx")
    connection.wait(guards.BODY_SECONDS - 1)
    connection.receive(b"x")
    connection.wait(10_000)

    assert len(connection.applications) == 1
    assert connection.sent == b""


def test_bytes_after_a_refusal_are_not_parsed(connection: Connection) -> None:
    connection.receive(b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")
    connection.receive(b"GET / HTTP/1.1\r\nHost: testserver\r\n\r\n")

    assert connection.sent.count(b"HTTP/1.1 ") == 1
    assert connection.applications == []


def test_lines_in_the_packet_of_a_refused_head_keep_its_deadline(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        connection.guard, "take_request", lambda network, is_handshake: 0 if is_handshake else 1
    )
    connection.receive(b"GET / HTTP/1.1\r\n\r\nUpgrade: websocket\r\n\r\n")
    assert connection.sent.count(b"HTTP/1.1 429 ") == connection.sent.count(b"HTTP/1.1 ") == 1

    connection.wait(guards.CLOSING_SECONDS)
    assert connection.transport.aborted


def test_a_connection_that_closes_is_not_parsed_further(connection: Connection) -> None:
    connection.receive(b"GET / HTTP/1.1\r\nNonsense\r\nHost: testserver\r\n")
    assert connection.sent.startswith(b"HTTP/1.1 400 ")

    connection.transport.disconnecting = False  # as over TLS, which still delivers data
    connection.receive(b"\r\n")
    assert connection.applications == []
    connection.receive(b"x" * guards.MAX_DISCARDED_BYTES)
    assert connection.transport.aborted


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "9" * 400, ""])
def test_a_length_that_is_not_a_size_is_refused(connection: Connection, length: str) -> None:
    connection.receive(f"POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode())

    assert connection.sent[:13] in (b"HTTP/1.1 400 ", b"HTTP/1.1 413 ")
    assert connection.applications == []
