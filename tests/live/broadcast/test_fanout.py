"""One pass over all connections: topics, chunks, and failures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from landing.live.broadcast.fanout import CHUNK_CONNECTIONS, Fanout
from landing.live.broadcast.slow_consumers import Limits, SlowConsumers
from landing.live.frames import Topic
from landing.live.registry import Connection, Registry
from landing.live.transport.outbound import AsgiOutbound, EncodedFrames, encode
from tests.live.worker_harness import Clock, FakeConnection, FakeOutbound

ALL_TOPICS = (
    frozenset(Topic),
    frozenset({Topic.ONLINE}),
    frozenset({Topic.ACTIVITY}),
    frozenset[Topic](),
)
NEWEST = encode(["newest"])
LIMITS = Limits(max_bytes=1000, max_seconds=10, sweep_seconds=5)


class Room:
    """A registry with a fan-out and recording connections."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.registry = Registry()
        self.readers = SlowConsumers(self.registry, LIMITS, lambda topics: NEWEST, self.clock)
        self.fanout = Fanout(self.registry, self.readers, self.clock)

    def enter(
        self, number: int = 1, topics: frozenset[Topic] = frozenset(Topic)
    ) -> list[FakeConnection]:
        connections = [FakeConnection(f"v{index}") for index in range(number)]
        for connection in connections:
            connection.topics = topics
            self.registry.add(connection)
        return connections


@pytest.fixture
def room() -> Room:
    return Room()


async def test_each_connection_gets_the_frame_once_and_broken_ones_are_skipped(room: Room) -> None:
    connections = room.enter(2 * CHUNK_CONNECTIONS + 1)
    for connection in connections[::3]:
        connection.fake_outbound.is_broken = True
    await room.fanout.send_to_all({Topic.ONLINE: ["hello"]})
    assert all(connection.fake_outbound.texts == [] for connection in connections[::3])
    assert all(
        connection.fake_outbound.texts == ["hello"]
        for connection in connections
        if not connection.fake_outbound.is_broken
    )


async def test_each_connection_gets_its_topics_in_one_write(room: Room) -> None:
    frames: dict[Topic | None, Sequence[str]] = {
        Topic.ONLINE: ["count"],
        Topic.ACTIVITY: ["first", "second"],
        None: ["retry"],
    }
    connections = {topics: room.enter(1, topics)[0] for topics in ALL_TOPICS}
    await room.fanout.send_to_all(frames)
    assert connections[frozenset()].fake_outbound.texts == ["retry"]
    assert connections[frozenset({Topic.ONLINE})].fake_outbound.texts == ["count", "retry"]
    assert connections[frozenset({Topic.ACTIVITY})].fake_outbound.texts == [
        "first",
        "second",
        "retry",
    ]
    both = connections[frozenset(Topic)].fake_outbound
    assert both.texts == ["count", "first", "second", "retry"]
    assert both.data == encode(both.texts).data


async def test_a_topic_without_subscribers_is_not_sent(room: Room) -> None:
    (connection,) = room.enter(1, frozenset({Topic.ACTIVITY}))
    await room.fanout.send_to_all({Topic.ONLINE: ["count"]})
    assert connection.fake_outbound.texts == []


async def test_other_tasks_run_between_chunks(room: Room) -> None:
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    room.enter(10 * CHUNK_CONNECTIONS)
    other = asyncio.ensure_future(somebody_else())
    await room.fanout.send_to_all({None: ["hello"]})
    other.cancel()
    assert turns >= 9


async def test_the_time_of_other_tasks_is_not_counted_as_fan_out(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = FakeOutbound.write

    def write_in_a_millisecond(wire: FakeOutbound, frame: EncodedFrames) -> bool:
        room.clock.seconds += 0.001
        return write(wire, frame)

    async def somebody_busy() -> None:
        while True:
            room.clock.seconds += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(FakeOutbound, "write", write_in_a_millisecond)
    room.enter(3 * CHUNK_CONNECTIONS)
    other = asyncio.ensure_future(somebody_busy())
    busy_seconds = await room.fanout.send_to_all({None: ["hello"]})
    other.cancel()
    assert busy_seconds == pytest.approx(3 * CHUNK_CONNECTIONS * 0.001)
    assert room.clock.seconds > 3


async def test_a_connection_that_ends_during_a_pass_is_skipped(room: Room) -> None:
    connections = room.enter(2 * CHUNK_CONNECTIONS)
    last: Connection = connections[-1]

    async def leave() -> None:
        room.registry.remove(last)

    leaving = asyncio.ensure_future(leave())
    await room.fanout.send_to_all({None: ["hello"]})
    await leaving
    assert connections[-1].fake_outbound.texts == []
    assert connections[-2].fake_outbound.texts == ["hello"]
    assert len(room.readers) == 0


async def test_a_frame_for_one_connection_follows_its_waiting_frames(room: Room) -> None:
    (connection,) = room.enter()
    connection.fake_outbound.queued = [encode(["before"])]
    room.fanout.send(connection, encode(["after"]))
    assert connection.fake_outbound.texts == ["before", "after"]


async def test_a_change_of_topics_applies_to_the_next_pass(room: Room) -> None:
    (connection,) = room.enter(1, frozenset({Topic.ONLINE}))
    frames = {Topic.ONLINE: ["count"], Topic.ACTIVITY: ["activity"]}
    await room.fanout.send_to_all(frames)
    room.registry.set_topics(connection, frozenset({Topic.ACTIVITY}))
    await room.fanout.send_to_all(frames)
    room.registry.set_topics(connection, frozenset())
    await room.fanout.send_to_all(frames)
    assert connection.fake_outbound.texts == ["count", "activity"]


async def test_arrivals_and_departures_between_passes_apply_to_the_next(room: Room) -> None:
    stays, goes = room.enter(2)
    await room.fanout.send_to_all({None: ["first"]})
    room.registry.remove(goes)
    (comes,) = room.enter(1)
    await room.fanout.send_to_all({None: ["second"]})
    assert stays.fake_outbound.texts == ["first", "second"]
    assert goes.fake_outbound.texts == ["first"]
    assert comes.fake_outbound.texts == ["second"]


async def test_sends_in_tasks_are_counted(room: Room) -> None:
    async def send(message: object) -> None:
        room.clock.seconds += 0.001

    for connection in room.enter(2 * CHUNK_CONNECTIONS):
        connection.outbound = AsgiOutbound(send)
    assert await room.fanout.send_to_all({None: ["hello"]}) == pytest.approx(
        2 * CHUNK_CONNECTIONS * 0.001
    )
