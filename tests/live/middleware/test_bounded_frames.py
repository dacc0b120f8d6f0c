"""Messages over the rate of their connection or network."""

from __future__ import annotations

from typing import Any

import pytest

from landing.conf import LandingSettings
from landing.limits.body_limits import BodyLimits
from landing.limits.frame_rate import MAX_EXCESS_SECONDS, POLICY_VIOLATION
from landing.limits.network_limits import NetworkLimits
from landing.live.middleware.bounded_frames import DISCONNECT, BoundedFrames
from landing.live.transport.guard import Guard

PER_SECOND = 10
BURST = 20


class Connections:
    """Connections of one network. Time passes only while one of them waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sent: list[Any] = []
        settings = LandingSettings(LANDING_MAX_FRAMES_PER_SECOND=PER_SECOND)
        limits = NetworkLimits(settings, lambda: self.now)
        self.guard = Guard(limits, BodyLimits(settings), 0)

    def open(self, message: dict[str, Any], network: str = "a") -> BoundedFrames:
        """Open a connection whose client always has another message to send."""

        async def receive() -> Any:
            return message

        return BoundedFrames(
            receive, self.send, self.guard, network, clock=lambda: self.now, sleep=self.sleep
        )

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= MAX_EXCESS_SECONDS
        self.now += seconds + 0.001


@pytest.fixture
def connections() -> Connections:
    return Connections()


TEXT = {"type": "websocket.receive", "text": "x"}


async def test_a_burst_arrives_at_once_and_the_rest_later(connections: Connections) -> None:
    frames = connections.open(TEXT)

    for _ in range(BURST):
        assert await frames.receive() == TEXT
    assert connections.now == 100.0
    for _ in range(PER_SECOND):
        assert await frames.receive() == TEXT
    assert connections.now == pytest.approx(101.0, abs=0.1)


@pytest.mark.parametrize(
    "message",
    [TEXT, {"type": "websocket.receive", "bytes": b"", "text": None}],
    ids=["text", "bytes"],
)
async def test_a_flood_is_closed_and_its_consumer_receives_the_end(
    connections: Connections, message: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    frames = connections.open(message)
    count = 0
    while await frames.receive() == message:
        count += 1

    assert count == pytest.approx(BURST + PER_SECOND * MAX_EXCESS_SECONDS, abs=2)
    assert await frames.receive() == DISCONNECT
    assert connections.sent == [{"type": "websocket.close", "code": POLICY_VIOLATION}]
    assert caplog.text.count("exceeds its rate of frames") == 1


async def test_a_flood_of_large_messages_is_closed_sooner(connections: Connections) -> None:
    frames = connections.open({"type": "websocket.receive", "text": "x" * 1_000_000})

    assert await frames.receive() != DISCONNECT
    assert await frames.receive() == DISCONNECT
    assert connections.now == pytest.approx(100.0 + MAX_EXCESS_SECONDS, abs=0.1)


async def test_a_client_that_has_closed_by_itself_is_no_error(connections: Connections) -> None:
    async def fail(message: Any) -> None:
        raise RuntimeError("Unexpected ASGI message")

    connections.send = fail  # type: ignore[method-assign]
    frames = connections.open(TEXT)
    while await frames.receive() == TEXT:
        pass

    assert await frames.receive() == DISCONNECT


async def test_a_busy_network_is_read_more_slowly_but_not_closed(connections: Connections) -> None:
    connections.guard.limits.frames.spend("a", 10 * BURST + PER_SECOND)

    assert await connections.open(TEXT).receive() == TEXT
    assert connections.now == pytest.approx(100.11, abs=0.01)
    assert await connections.open(TEXT, network="b").receive() == TEXT
    assert connections.now == pytest.approx(100.11, abs=0.01)


async def test_the_end_of_a_connection_does_not_wait_for_its_network(
    connections: Connections,
) -> None:
    connections.guard.limits.frames.spend("a", 1_000_000)
    end = {"type": "websocket.disconnect", "code": 1001}

    assert await connections.open(end).receive() == end
    assert connections.now == 100.0


async def test_clients_without_an_address_have_a_rate_each_but_none_together(
    connections: Connections,
) -> None:
    for _ in range(50):
        frames = connections.open(TEXT, network="")
        for _ in range(BURST):
            await frames.receive()

    assert connections.now == 100.0
