"""What the sockets are told and when, at a cost that is bounded."""

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
    """What each pass wrote to a socket, one frame per pass."""
    written: list[EncodedFrames] = []
    write = FakeOutbound.write

    def remember(wire: FakeOutbound, frame: EncodedFrames) -> bool:
        written.append(frame)
        return write(wire, frame)

    monkeypatch.setattr(FakeOutbound, "write", remember)
    return written


def kinds(frame: EncodedFrames) -> list[str]:
    return [json.loads(text)["type"] for text in frame.texts]


def ids_told(connection: FakeConnection) -> list[int]:
    """Of each activity that this socket was told of, as often as it was."""
    ids: list[int] = []
    for frame in connection.frames:
        if frame["type"] == "activity":
            ids.append(frame["id"])
        elif frame["type"] == "activity-history":
            ids += [item["id"] for item in frame["items"]]
    return ids


async def settled(harness: WorkerHarness) -> FakeConnection:
    """A socket that has heard everything."""
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    return connection


async def test_an_activity_goes_out_with_the_numbers_in_one_pass(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    await settled(harness)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.connect("ben")
    passes.clear()
    await harness.advance(ACTIVITY_WAIT_SECONDS)
    assert [kinds(frame) for frame in passes] == [["connection-count", "activity"]] * 2


async def test_an_activity_does_not_wait_for_numbers_that_do_not_change(
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


async def test_who_comes_between_hears_of_it_once(harness: WorkerHarness) -> None:
    before = await settled(harness)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    between = await harness.connect("ben")
    await harness.advance(ACTIVITY_WAIT_SECONDS)
    after = await harness.connect("cleo")
    await harness.advance(1)
    assert [ids_told(connection) for connection in (before, between, after)] == [[1], [1], [1]]


async def test_what_is_taken_back_disappears_and_newcomers_never_hear_of_it(
    harness: WorkerHarness,
) -> None:
    connection = await settled(harness)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.advance(1)
    harness.worker.parts.broadcaster.receive_activity(Removed(1))
    await harness.advance(1)
    assert connection.frames[-1] == {"type": "activity-removed", "id": 1}
    assert ids_told(await harness.connect("ben")) == []


async def test_what_is_taken_back_at_once_was_never_said(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    await settled(harness)
    passes.clear()
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    harness.worker.parts.broadcaster.receive_activity(Removed(1))
    await harness.advance(1)
    assert passes == []


async def test_who_subscribes_is_told_what_there_is(harness: WorkerHarness) -> None:
    connection = await settled(harness)
    harness.worker.unsubscribe(connection, Topic.ACTIVITY)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.advance(1)
    harness.worker.subscribe(connection, Topic.ACTIVITY)
    assert [item["id"] for item in connection.frames[-1]["items"]] == [1]


async def test_while_nobody_is_here_nothing_waits_to_be_said(
    harness: WorkerHarness, passes: list[EncodedFrames]
) -> None:
    await harness.run_due_steps()
    harness.worker.parts.broadcaster.reconcile_feed([ACTIVITY])
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY._replace(id=2))
    connection = await harness.connect("ana")
    await harness.advance(1)
    assert ids_told(connection) == [2, 1]
    assert harness.worker.parts.broadcaster.is_idle


async def test_who_does_not_follow_activities_hears_none(harness: WorkerHarness) -> None:
    connection = await settled(harness)
    harness.worker.unsubscribe(connection, Topic.ACTIVITY)
    harness.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await harness.advance(1)
    assert "activity" not in [frame["type"] for frame in connection.frames]


async def test_the_dearer_a_fan_out_the_fewer_there_are_and_the_last_value_goes_out(
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
    told = len(connection.count_frames()) - before
    elapsed = harness.clock.seconds - began
    # A tenth of the core is one fan-out of 100 ms a second.
    assert elapsed - 2 <= told <= elapsed + 1
    await harness.advance(MAX_INTERVAL_SECONDS)
    assert connection.count_frames()[-1]["people"] == 201


async def test_activities_keep_to_the_pace_too(
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


async def test_what_could_not_be_said_is_said_later(
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
    assert ids_told(connection) == [1]


async def test_who_cannot_be_greeted_at_once_is_greeted_later(harness: WorkerHarness) -> None:
    await settled(harness)
    connection = FakeConnection("ben")
    connection.fake_outbound.is_broken = True
    await harness.worker.connect(connection)
    connection.fake_outbound.is_broken = False
    harness.clock.seconds += 1
    await harness.worker.parts.slow_consumers.scan()
    kinds = [frame["type"] for frame in connection.frames]
    assert kinds == ["connection-count", "activity-history", "retry"]


async def test_all_who_come_between_two_changes_are_greeted_with_the_same_bytes(
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
