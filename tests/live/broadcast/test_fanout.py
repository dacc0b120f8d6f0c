"""One pass over all connections: topics, chunks, and failures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from landing.live.broadcast.fanout import CHUNK_CONNECTIONS, Receivers
from landing.live.connection import Here
from landing.live.frames import Topic
from landing.live.transport.outbound import AsgiOutbound, EncodedFrames, encode
from tests.live.broadcast.fanout_harness import FanoutHarness
from tests.live.worker_harness import FakeOutbound

ALL_TOPICS = (
    frozenset(Topic),
    frozenset({Topic.ONLINE}),
    frozenset({Topic.ACTIVITY}),
    frozenset[Topic](),
)


async def test_each_connection_gets_the_frame_once_and_broken_ones_are_skipped(
    fanout_harness: FanoutHarness,
) -> None:
    connections = fanout_harness.open_connections(2 * CHUNK_CONNECTIONS + 1)
    for connection in connections[::3]:
        connection.fake_outbound.is_broken = True
    await fanout_harness.fanout.send_to_all({Topic.ONLINE: ["hello"]})
    assert all(connection.fake_outbound.texts == [] for connection in connections[::3])
    assert all(
        connection.fake_outbound.texts == ["hello"]
        for connection in connections
        if not connection.fake_outbound.is_broken
    )


async def test_each_connection_gets_its_topics_in_one_write(fanout_harness: FanoutHarness) -> None:
    frames: dict[Receivers, Sequence[str]] = {
        Topic.ONLINE: ["count"],
        Topic.ACTIVITY: ["first", "second"],
        None: ["retry"],
    }
    connections = {topics: fanout_harness.open_connection(topics) for topics in ALL_TOPICS}
    await fanout_harness.fanout.send_to_all(frames)
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


async def test_a_topic_without_subscribers_is_not_sent(fanout_harness: FanoutHarness) -> None:
    connection = fanout_harness.open_connection(frozenset({Topic.ACTIVITY}))
    await fanout_harness.fanout.send_to_all({Topic.ONLINE: ["count"]})
    assert connection.fake_outbound.texts == []


async def test_other_tasks_run_between_chunks(fanout_harness: FanoutHarness) -> None:
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    fanout_harness.open_connections(10 * CHUNK_CONNECTIONS)
    other = asyncio.ensure_future(count_turns())
    await fanout_harness.fanout.send_to_all({None: ["hello"]})
    other.cancel()
    assert turns >= 9


async def test_the_time_of_other_tasks_is_not_counted_as_fan_out(
    fanout_harness: FanoutHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = FakeOutbound.write

    def write_in_a_millisecond(outbound: FakeOutbound, frame: EncodedFrames) -> bool:
        fanout_harness.clock.seconds += 0.001
        return write(outbound, frame)

    async def use_a_second_per_turn() -> None:
        while True:
            fanout_harness.clock.seconds += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(FakeOutbound, "write", write_in_a_millisecond)
    fanout_harness.open_connections(3 * CHUNK_CONNECTIONS)
    other = asyncio.ensure_future(use_a_second_per_turn())
    busy_seconds = await fanout_harness.fanout.send_to_all({None: ["hello"]})
    other.cancel()
    assert busy_seconds == pytest.approx(3 * CHUNK_CONNECTIONS * 0.001)
    assert fanout_harness.clock.seconds > 3


async def test_a_connection_that_closes_during_a_pass_is_skipped(
    fanout_harness: FanoutHarness,
) -> None:
    connections = fanout_harness.open_connections(2 * CHUNK_CONNECTIONS)

    async def close_last() -> None:
        fanout_harness.registry.remove(connections[-1])

    closing = asyncio.ensure_future(close_last())
    await fanout_harness.fanout.send_to_all({None: ["hello"]})
    await closing
    assert connections[-1].fake_outbound.texts == []
    assert connections[-2].fake_outbound.texts == ["hello"]
    assert len(fanout_harness.slow_consumers) == 0


async def test_a_frame_for_one_connection_follows_its_waiting_frames(
    fanout_harness: FanoutHarness,
) -> None:
    connection = fanout_harness.open_connection()
    connection.fake_outbound.queued = [encode(["before"])]
    fanout_harness.fanout.send(connection, encode(["after"]))
    assert connection.fake_outbound.texts == ["before", "after"]


async def test_a_change_of_topics_applies_to_the_next_pass(fanout_harness: FanoutHarness) -> None:
    connection = fanout_harness.open_connection(frozenset({Topic.ONLINE}))
    frames: dict[Receivers, list[str]] = {Topic.ONLINE: ["count"], Topic.ACTIVITY: ["activity"]}
    await fanout_harness.fanout.send_to_all(frames)
    fanout_harness.registry.set_topics(connection, frozenset({Topic.ACTIVITY}))
    await fanout_harness.fanout.send_to_all(frames)
    fanout_harness.registry.set_topics(connection, frozenset())
    await fanout_harness.fanout.send_to_all(frames)
    assert connection.fake_outbound.texts == ["count", "activity"]


async def test_connections_opened_and_closed_between_passes_change_the_next_pass(
    fanout_harness: FanoutHarness,
) -> None:
    ana, ben = fanout_harness.open_connections(2)
    await fanout_harness.fanout.send_to_all({None: ["first"]})
    fanout_harness.registry.remove(ben)
    new = fanout_harness.open_connection()
    await fanout_harness.fanout.send_to_all({None: ["second"]})
    assert ana.fake_outbound.texts == ["first", "second"]
    assert ben.fake_outbound.texts == ["first"]
    assert new.fake_outbound.texts == ["second"]


async def test_the_time_of_sends_in_tasks_counts_as_fan_out(fanout_harness: FanoutHarness) -> None:
    async def send(message: object) -> None:
        fanout_harness.clock.seconds += 0.001

    for connection in fanout_harness.open_connections(2 * CHUNK_CONNECTIONS):
        connection.outbound = AsgiOutbound(send)
    assert await fanout_harness.fanout.send_to_all({None: ["hello"]}) == pytest.approx(
        2 * CHUNK_CONNECTIONS * 0.001
    )


async def test_the_readers_of_a_place_receive_its_text_only(fanout_harness: FanoutHarness) -> None:
    readers = fanout_harness.open_connections(3, frozenset({Topic.ONLINE, Topic.HERE}))
    for reader, place in zip(readers, ("/", "/pricing", "/pricing"), strict=True):
        fanout_harness.registry.set_place(reader, place)
    texts: dict[Receivers, list[str]] = {
        Here("/pricing", is_counted=True): ["twelve"],
        Here("/pricing", is_counted=False): ["none"],
        Topic.ONLINE: ["count"],
        None: ["retry"],
    }
    await fanout_harness.fanout.send_to_all(texts)
    assert [reader.fake_outbound.texts for reader in readers] == [
        ["count", "retry"],
        ["count", "twelve", "retry"],
        ["count", "twelve", "retry"],
    ]


async def test_few_readers_of_each_of_many_places_are_one_chunk(
    fanout_harness: FanoutHarness,
) -> None:
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    for reader in fanout_harness.open_connections(CHUNK_CONNECTIONS - 1, frozenset({Topic.HERE})):
        fanout_harness.registry.set_place(reader, f"/{reader.visitor.decode()}")
    other = asyncio.ensure_future(count_turns())
    await fanout_harness.fanout.send_to_all({None: ["hello"]})
    other.cancel()
    assert turns == 0
