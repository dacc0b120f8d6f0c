"""The rates of WebSocket frames, without waiting. ``test_guard.py`` has them on real servers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.address import UNIXAddress
from twisted.internet.task import Clock

from landing.limits.frame_rate import MAX_EXCESS_SECONDS, POLICY_VIOLATION
from landing.live.transport.websocket_guard import MAX_BACKLOG_BYTES, MAX_QUEUED_MESSAGES
from tests.live.transport.guarded_websocket import (
    CLIENT,
    HANDSHAKE,
    GuardedConnection,
    build_guard,
)
from tests.services import frames

RATE = 10
#: The burst is twice the rate.
BURST = 2 * RATE
#: The burst of a network is that of ten connections.
NETWORK_BURST = 10 * BURST

Build = Callable[..., GuardedConnection]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def build(clock: Clock) -> Build:
    """``build()`` opens connections that share one guard with a low rate."""
    guard = build_guard(clock, LANDING_MAX_FRAMES_PER_SECOND=RATE, LANDING_TRUSTED_PROXY_COUNT=1)

    def open_connection() -> GuardedConnection:
        connection = GuardedConnection(guard, clock)
        connection.open()
        return connection

    return open_connection


def texts(count: int, first: int = 0) -> list[str]:
    return [str(number) for number in range(first, first + count)]


def dump(values: list[str]) -> bytes:
    return b"".join(frames.dump(frames.TEXT, value.encode()) for value in values)


def test_a_burst_is_read_at_once(build: Build) -> None:
    connection = build()
    # One read from the socket costs a tenth of a frame.
    connection.receive(dump(texts(BURST - 2)))
    assert connection.texts() == texts(BURST - 2)
    assert connection.is_read()


def test_frames_over_the_rate_are_read_later_in_order_and_none_is_lost(build: Build) -> None:
    connection = build()
    sent = texts(BURST + 2 * RATE)
    connection.receive(dump(sent))
    assert connection.texts() == sent[: BURST - 1]
    assert not connection.is_read()

    connection.wait(5)
    assert connection.texts() == sent
    assert connection.is_read()


def test_a_client_that_exceeds_the_rate_for_long_is_closed(
    build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    connection = build()
    for _ in range(int(MAX_EXCESS_SECONDS) + 1):
        connection.receive(frames.dump(frames.PING, b"") * BURST * 2)
        connection.wait(1)
    last = connection.messages[-1]
    assert last == {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
    assert POLICY_VIOLATION.to_bytes(2, "big") in connection.transport.value()[-4:]
    assert "exceeds its rate of frames" in caplog.text

    connection.wait(60)
    connection.receive(dump(["late"]))
    assert connection.texts() == []
    assert not connection.is_read()
    assert connection.clock.getDelayedCalls() == []


def test_a_frame_that_arrives_byte_by_byte_costs_as_much_as_frames(build: Build) -> None:
    connection = build()
    for _ in range(10 * BURST):
        connection.receive(frames.dump(frames.TEXT, b"x" * 4000)[:1])
    assert not connection.is_read()


def test_a_large_frame_costs_as_much_as_several(build: Build) -> None:
    connection = build()
    connection.receive(frames.dump(frames.TEXT, b"x" * 60_000) + dump(["next"] * BURST))
    assert len(connection.texts()) < BURST - 10
    assert not connection.is_read()


def test_beside_a_flood_of_its_network_an_honest_client_is_still_read(build: Build) -> None:
    connection = build()
    connection.guard.limits.frames.spend(CLIENT, NETWORK_BURST + 3 * 10 * RATE)
    connection.receive(dump(["patient"]))
    assert connection.texts() == []
    assert connection.is_read()

    connection.wait(5)
    assert connection.texts() == ["patient"]
    assert connection.clock.getDelayedCalls() == []


def test_beside_a_flood_of_its_network_a_client_that_sends_much_is_not_read(build: Build) -> None:
    connection = build()
    connection.guard.limits.frames.spend(CLIENT, NETWORK_BURST + 3 * 10 * RATE)
    connection.receive(frames.dump(frames.TEXT, b"x" * MAX_BACKLOG_BYTES))
    assert not connection.is_read()
    connection.wait(5)
    assert [len(text) for text in connection.texts()] == [MAX_BACKLOG_BYTES]
    assert connection.is_read()


def test_connections_of_one_network_share_a_rate(build: Build) -> None:
    crowd = [build() for _ in range(12)]
    for connection in crowd:
        connection.receive(dump(texts(BURST - 2)))
    assert crowd[0].texts() == texts(BURST - 2)
    assert len(crowd[-1].texts()) < BURST - 2


def test_clients_of_a_unix_socket_share_no_rate(clock: Clock) -> None:
    guard = build_guard(clock, LANDING_MAX_FRAMES_PER_SECOND=RATE)
    crowd = [GuardedConnection(guard, clock, UNIXAddress("")) for _ in range(12)]
    for connection in crowd:
        connection.open()
        connection.receive(dump(texts(BURST - 2)))
        assert connection.texts() == texts(BURST - 2)
        connection.end()
        assert connection.messages[-1]["type"] == "websocket.disconnect"


def test_a_frame_waits_while_the_consumer_is_busy(build: Build) -> None:
    connection = build()
    connection.queued = MAX_QUEUED_MESSAGES
    connection.receive(dump(["waiting"]))
    connection.wait(3)
    assert connection.texts() == []
    connection.queued = 0
    connection.wait(2)
    assert connection.texts() == ["waiting"]


def test_without_a_rate_nothing_waits(clock: Clock) -> None:
    connection = GuardedConnection(build_guard(clock, LANDING_MAX_FRAMES_PER_SECOND=0), clock)
    connection.open()
    connection.queued = MAX_QUEUED_MESSAGES
    connection.receive(dump(texts(200)))
    assert connection.texts() == texts(200)


def test_a_client_is_read_again_when_no_reason_against_it_is_left(build: Build) -> None:
    connection = build()
    connection.receive(dump(texts(BURST + RATE)))
    # Twisted does so while the client does not read.
    connection.protocol.pauseProducing()
    connection.wait(3)
    assert connection.texts() == texts(BURST + RATE)
    assert not connection.is_read()

    connection.protocol.resumeProducing()
    assert connection.is_read()
    connection.transport.producerState = "unchanged"
    connection.protocol.resumeProducing()
    assert connection.transport.producerState == "unchanged"


def test_a_connection_that_ends_while_it_waits_leaves_no_timer(build: Build) -> None:
    connection = build()
    connection.receive(dump(texts(BURST + RATE)))
    assert connection.clock.getDelayedCalls() != []
    connection.end()
    assert connection.clock.getDelayedCalls() == []


def test_behind_a_proxy_the_handshakes_of_a_network_over_its_maximum_get_429(
    clock: Clock,
) -> None:
    guard = build_guard(clock, LANDING_NETWORK_MAX_CONNECTIONS=1, LANDING_TRUSTED_PROXY_COUNT=1)
    first, second, third = (GuardedConnection(guard, clock) for _ in range(3))
    first.open()
    second.receive(HANDSHAKE)
    assert second.statuses() == [b"429"]
    second.end()
    assert guard.limits.connections_of(CLIENT) == 1

    first.end()
    third.open()
    assert guard.limits.connections_of(CLIENT) == 1


def test_a_subprotocol_that_daphne_cannot_parse_gets_400(clock: Clock) -> None:
    connection = GuardedConnection(clock=clock)
    header = "Sec-WebSocket-Protocol: é\r\n\r\n".encode("latin-1")
    connection.receive(HANDSHAKE.removesuffix(b"\r\n") + header)
    assert connection.statuses() == [b"400"]
    connection.end()
    assert connection.messages == []
