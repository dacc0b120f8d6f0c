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
def harness() -> WorkerHarness:
    return WorkerHarness()


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[EncodedFrames]:
    """Record what each pass writes to a connection, one frame per pass."""
    written: list[EncodedFrames] = []
    write = FakeOutbound.write

    def remember(wire: FakeOutbound, frame: EncodedFrames) -> bool:
        written.append(frame)
        return write(wire, frame)

    monkeypatch.setattr(FakeOutbound, "write", remember)
    return written


def kinds(frame: EncodedFrames) -> list[str]:
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


async def settled(harness: WorkerHarness) -> FakeConnection:
    """Return a connection that has received all frames."""
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    return connection


async def test_an_activity_and_the_count_go_out_in_one_pass(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    await settled(harness)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.connect("ben")
    passes.clear()
    await harness.advance(ACTIVITY_WAIT_SECONDS)
    assert [kinds(frame) for frame in passes] == [["connection-count", "activity"]] * 2


async def test_an_activity_does_not_wait_for_an_unchanged_count(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    connection = await settled(harness)
    passes.clear()
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.advance(ACTIVITY_WAIT_SECONDS - 0.1)
    assert passes == []
    await harness.advance(0.15)
    assert [kinds(frame) for frame in passes] == [["activity"]]
    assert connection.frames[-1]["id"] == 1
    await harness.advance(10)
    assert len(passes) == 1


async def test_a_connection_between_two_passes_gets_the_activity_once(
    harness: WorkerHarness,
) -> None:
    before = await settled(harness)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    between = await harness.connect("ben")
    await harness.advance(ACTIVITY_WAIT_SECONDS)
    after = await harness.connect("cleo")
    await harness.advance(1)
    assert [received_ids(connection) for connection in (before, between, after)] == [[1], [1], [1]]


async def test_a_hidden_activity_disappears_and_new_connections_never_get_it(
    harness: WorkerHarness,
) -> None:
    connection = await settled(harness)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.advance(1)
    harness.worker.parts.broadcaster.receive_activity(Removed(1))
    await harness.advance(1)
    assert connection.frames[-1] == {"type": "activity-removed", "id": 1}
    assert received_ids(await harness.connect("ben")) == []


async def test_an_activity_that_is_hidden_at_once_is_never_sent(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    await settled(harness)
    passes.clear()
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    harness.worker.parts.broadcaster.receive_activity(Removed(1))
    await harness.advance(1)
    assert passes == []


async def test_a_subscription_sends_the_history(harness: WorkerHarness) -> None:
    connection = await settled(harness)
    harness.worker.unsubscribe(connection, Topic.ACTIVITY)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.advance(1)
    harness.worker.subscribe(connection, Topic.ACTIVITY)
    assert [item["id"] for item in connection.frames[-1]["items"]] == [1]


async def test_without_connections_nothing_waits(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    await harness.run_due_steps()
    harness.worker.parts.broadcaster.reconcile_feed([ACTIVITY])
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY._replace(id=2))
    connection = await harness.connect("ana")
    await harness.advance(1)
    assert received_ids(connection) == [2, 1]
    assert harness.worker.parts.broadcaster.is_idle


async def test_a_connection_without_the_topic_gets_no_activities(harness: WorkerHarness) -> None:
    connection = await settled(harness)
    harness.worker.unsubscribe(connection, Topic.ACTIVITY)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.advance(1)
    assert "activity" not in [frame["type"] for frame in connection.frames]


async def test_expensive_fan_outs_are_rarer_and_the_last_value_goes_out(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await settled(harness)
    write = FakeOutbound.write

    def write_in_100_ms(wire: FakeOutbound, frame: EncodedFrames) -> bool:
        harness.clock.seconds += 0.1 if wire is connection.fake_outbound else 0
        return write(wire, frame)

    monkeypatch.setattr(FakeOutbound, "write", write_in_100_ms)
    before, began = len(connection.count_frames()), harness.clock.seconds
    for number in range(200):
        await harness.connect(f"v{number}")
        await harness.advance(0.05)
    counts = len(connection.count_frames()) - before
    elapsed = harness.clock.seconds - began
    # A tenth of the core is one fan-out of 100 ms per second.
    assert elapsed - 2 <= counts <= elapsed + 1
    await harness.advance(MAX_INTERVAL_SECONDS)
    assert connection.count_frames()[-1]["people"] == 201


async def test_activities_respect_the_budget_too(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    await settled(harness)
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
    connection = await settled(harness)
    write = FakeOutbound.write

    def fail(wire: FakeOutbound, frame: EncodedFrames) -> bool:
        raise AttributeError("a private attribute has changed")

    monkeypatch.setattr(FakeOutbound, "write", fail)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    harness.clock.seconds += 1
    with pytest.raises(AttributeError):
        await harness.worker.parts.broadcaster.broadcast()
    monkeypatch.setattr(FakeOutbound, "write", write)
    await harness.advance(1)
    assert received_ids(connection) == [1]


async def test_a_failed_first_frame_is_sent_later(harness: WorkerHarness) -> None:
    await settled(harness)
    connection = FakeConnection("ben")
    connection.fake_outbound.is_broken = True
    await harness.worker.connect(connection)
    connection.fake_outbound.is_broken = False
    harness.clock.seconds += 1
    await harness.worker.parts.slow_consumers.scan()
    kinds = [frame["type"] for frame in connection.frames]
    assert kinds == ["connection-count", "activity-history", "retry"]


async def test_connections_between_two_changes_share_their_first_bytes(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await settled(harness)
    encoded: list[EncodedFrames] = []

    def counting(texts: Iterable[str]) -> EncodedFrames:
        encoded.append(encode(texts))
        return encoded[-1]

    monkeypatch.setattr("landing.live.broadcast.broadcaster.encode", counting)
    for number in range(50):
        await harness.worker.connect(FakeConnection(f"v{number}"))
    assert len(encoded) == 1
    await harness.advance(1)
    await harness.worker.connect(FakeConnection("late"))
    assert len(encoded) == 2
