"""The frames of the broadcaster, their order, and their bounded cost."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from landing.live.broadcast.broadcaster import ACTIVITY_WAIT_SECONDS
from landing.live.broadcast.fanout_budget import MAX_INTERVAL_SECONDS
from landing.live.feed import Item, Removed
from landing.live.frames import Topic
from landing.live.transport.outbound import EncodedFrames, encode
from tests.live.presence.simulation import TIMING
from tests.live.worker_harness import FakeConnection, FakeOutbound, WorkerHarness

INTERVAL = TIMING.interval_ms / 1000
ACTIVITY = Item(1, "signup", "joined", "Ana", 1_769_860_800_123)


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[EncodedFrames]:
    """Record what each pass writes to a connection, one frame per pass."""
    written: list[EncodedFrames] = []
    write = FakeOutbound.write

    def write_and_record(outbound: FakeOutbound, frame: EncodedFrames) -> bool:
        written.append(frame)
        return write(outbound, frame)

    monkeypatch.setattr(FakeOutbound, "write", write_and_record)
    return written


def frame_types(frame: EncodedFrames) -> list[str]:
    return [json.loads(text)["type"] for text in frame.texts]


def received_ids(connection: FakeConnection) -> list[int]:
    """Return the id of each activity that this connection received, with repetitions."""
    ids: list[int] = []
    for frame in connection.frames:
        if frame["type"] == "activity":
            ids.append(frame["id"])
        elif frame["type"] == "activity-history":
            ids += [item["id"] for item in frame["items"]]
    return ids


async def connect_and_settle(harness: WorkerHarness) -> FakeConnection:
    """Return a connection that has received all frames."""
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    return connection


async def test_an_activity_and_the_counts_are_sent_in_one_pass(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    await connect_and_settle(harness)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.connect("ben")
    passes.clear()
    await harness.advance(ACTIVITY_WAIT_SECONDS)
    assert [frame_types(frame) for frame in passes] == [["connection-count", "activity"]] * 2


async def test_an_activity_does_not_wait_for_an_unchanged_count(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    connection = await connect_and_settle(harness)
    passes.clear()
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.advance(ACTIVITY_WAIT_SECONDS - 0.1)
    assert passes == []
    await harness.advance(0.15)
    assert [frame_types(frame) for frame in passes] == [["activity"]]
    assert connection.frames[-1]["id"] == 1
    await harness.advance(10)
    assert len(passes) == 1


async def test_a_connection_that_opens_between_two_passes_is_sent_the_activity_once(
    harness: WorkerHarness,
) -> None:
    before = await connect_and_settle(harness)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    between = await harness.connect("ben")
    await harness.advance(ACTIVITY_WAIT_SECONDS)
    after = await harness.connect("cleo")
    await harness.advance(1)
    assert [received_ids(connection) for connection in (before, between, after)] == [[1], [1], [1]]


async def test_a_hidden_activity_is_removed_and_not_sent_to_new_connections(
    harness: WorkerHarness,
) -> None:
    connection = await connect_and_settle(harness)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.advance(1)
    harness.worker.parts.broadcaster.receive_activity(Removed(1))
    await harness.advance(1)
    assert connection.frames[-1] == {"type": "activity-removed", "id": 1}
    assert received_ids(await harness.connect("ben")) == []


async def test_an_activity_hidden_before_the_next_pass_is_never_sent(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    await connect_and_settle(harness)
    passes.clear()
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    harness.worker.parts.broadcaster.receive_activity(Removed(1))
    await harness.advance(1)
    assert passes == []


async def test_subscribing_to_activity_sends_the_history(harness: WorkerHarness) -> None:
    connection = await connect_and_settle(harness)
    harness.worker.set_topics(connection, connection.topics - {Topic.ACTIVITY})
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.advance(1)
    harness.worker.set_topics(connection, connection.topics | {Topic.ACTIVITY})
    assert [item["id"] for item in connection.frames[-1]["items"]] == [1]


async def test_without_connections_no_frame_is_pending(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    await harness.run_due_steps()
    harness.worker.parts.broadcaster.reconcile_feed([ACTIVITY])
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY._replace(id=2))
    connection = await harness.connect("ana")
    await harness.advance(1)
    assert received_ids(connection) == [2, 1]
    assert harness.worker.parts.broadcaster.is_idle


async def test_a_connection_without_the_activity_topic_is_sent_no_activity(
    harness: WorkerHarness,
) -> None:
    connection = await connect_and_settle(harness)
    harness.worker.set_topics(connection, connection.topics - {Topic.ACTIVITY})
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.advance(1)
    assert "activity" not in [frame["type"] for frame in connection.frames]


async def test_expensive_fan_outs_are_less_frequent_and_end_with_the_final_count(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await connect_and_settle(harness)
    write = FakeOutbound.write

    def write_in_100_ms(outbound: FakeOutbound, frame: EncodedFrames) -> bool:
        harness.clock.seconds += 0.1 if outbound is connection.fake_outbound else 0
        return write(outbound, frame)

    monkeypatch.setattr(FakeOutbound, "write", write_in_100_ms)
    before, began = len(connection.count_frames()), harness.clock.seconds
    for number in range(200):
        await harness.connect(f"v{number}")
        await harness.advance(0.05)
    sent = len(connection.count_frames()) - before
    elapsed = harness.clock.seconds - began
    # A tenth of the core is one fan-out of 100 ms per second.
    assert elapsed - 2 <= sent <= elapsed + 1
    await harness.advance(MAX_INTERVAL_SECONDS)
    assert connection.count_frames()[-1]["people"] == 201


async def test_activities_respect_the_fan_out_budget(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    await connect_and_settle(harness)
    harness.worker.parts.budget.record(0.4)
    passes.clear()
    for number in range(200):
        harness.worker.parts.broadcaster.receive_activity(ACTIVITY._replace(id=number))
        harness.worker.parts.budget.record(0.4)
        await harness.advance(0.1)
    assert len(passes) == 20 / 4


async def test_frames_of_a_failed_pass_are_sent_later(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await connect_and_settle(harness)
    write = FakeOutbound.write

    def fail(outbound: FakeOutbound, frame: EncodedFrames) -> bool:
        raise AttributeError("a private attribute has changed")

    monkeypatch.setattr(FakeOutbound, "write", fail)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    harness.clock.seconds += 1
    with pytest.raises(AttributeError):
        await harness.worker.parts.broadcaster.broadcast()
    monkeypatch.setattr(FakeOutbound, "write", write)
    await harness.advance(1)
    assert received_ids(connection) == [1]


async def test_a_new_connection_that_refuses_its_first_frames_is_sent_them_later(
    harness: WorkerHarness,
) -> None:
    await connect_and_settle(harness)
    connection = FakeConnection("ben")
    connection.fake_outbound.is_broken = True
    await harness.worker.connect(connection)
    connection.fake_outbound.is_broken = False
    harness.clock.seconds += 1
    await harness.worker.parts.slow_consumers.scan()
    types = [frame["type"] for frame in connection.frames]
    assert types == ["connection-count", "activity-history", "retry"]


async def test_the_first_frames_of_new_connections_are_encoded_once_between_two_changes(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect_and_settle(harness)
    encoded: list[EncodedFrames] = []

    def encode_and_record(texts: Iterable[str]) -> EncodedFrames:
        encoded.append(encode(texts))
        return encoded[-1]

    monkeypatch.setattr("landing.live.broadcast.welcome.encode", encode_and_record)
    for number in range(50):
        await harness.worker.connect(FakeConnection(f"v{number}"))
    assert len(encoded) == 1
    await harness.advance(1)
    await harness.worker.connect(FakeConnection("new"))
    assert len(encoded) == 2
