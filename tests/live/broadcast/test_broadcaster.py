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
from tests.live.runtime import Bench, Tab, Wire

INTERVAL = TIMING.interval_ms / 1000
ACTIVITY = Item(1, "signup", "joined", "Ana", 1_769_860_800_123)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[EncodedFrames]:
    """What each pass wrote to a socket, one frame per pass."""
    written: list[EncodedFrames] = []
    write = Wire.write

    def remember(wire: Wire, frame: EncodedFrames) -> bool:
        written.append(frame)
        return write(wire, frame)

    monkeypatch.setattr(Wire, "write", remember)
    return written


def kinds(frame: EncodedFrames) -> list[str]:
    return [json.loads(text)["type"] for text in frame.texts]


def ids_told(tab: Tab) -> list[int]:
    """Of each activity that this socket was told of, as often as it was."""
    ids: list[int] = []
    for frame in tab.frames:
        if frame["type"] == "activity":
            ids.append(frame["id"])
        elif frame["type"] == "activity-history":
            ids += [item["id"] for item in frame["items"]]
    return ids


async def settled(bench: Bench) -> Tab:
    """A socket that has heard everything."""
    await bench.step()
    tab = await bench.connect("ana")
    await bench.run(1)
    return tab


async def test_an_activity_goes_out_with_the_numbers_in_one_pass(
    bench: Bench, passes: list[EncodedFrames]
) -> None:
    await settled(bench)
    bench.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await bench.connect("ben")
    passes.clear()
    await bench.run(ACTIVITY_WAIT_SECONDS)
    assert [kinds(frame) for frame in passes] == [["connection-count", "activity"]] * 2


async def test_an_activity_does_not_wait_for_numbers_that_do_not_change(
    bench: Bench, passes: list[EncodedFrames]
) -> None:
    tab = await settled(bench)
    passes.clear()
    bench.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await bench.run(ACTIVITY_WAIT_SECONDS - 0.1)
    assert passes == []
    await bench.run(0.15)
    assert [kinds(frame) for frame in passes] == [["activity"]]
    assert tab.frames[-1]["id"] == 1
    await bench.run(10)
    assert len(passes) == 1


async def test_who_comes_between_hears_of_it_once(bench: Bench) -> None:
    before = await settled(bench)
    bench.worker.parts.broadcaster.receive_activity(ACTIVITY)
    between = await bench.connect("ben")
    await bench.run(ACTIVITY_WAIT_SECONDS)
    after = await bench.connect("cleo")
    await bench.run(1)
    assert [ids_told(tab) for tab in (before, between, after)] == [[1], [1], [1]]


async def test_what_is_taken_back_disappears_and_newcomers_never_hear_of_it(bench: Bench) -> None:
    tab = await settled(bench)
    bench.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await bench.run(1)
    bench.worker.parts.broadcaster.receive_activity(Removed(1))
    await bench.run(1)
    assert tab.frames[-1] == {"type": "activity-removed", "id": 1}
    assert ids_told(await bench.connect("ben")) == []


async def test_what_is_taken_back_at_once_was_never_said(
    bench: Bench, passes: list[EncodedFrames]
) -> None:
    await settled(bench)
    passes.clear()
    bench.worker.parts.broadcaster.receive_activity(ACTIVITY)
    bench.worker.parts.broadcaster.receive_activity(Removed(1))
    await bench.run(1)
    assert passes == []


async def test_who_subscribes_is_told_what_there_is(bench: Bench) -> None:
    tab = await settled(bench)
    bench.worker.unsubscribe(tab, Topic.ACTIVITY)
    bench.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await bench.run(1)
    bench.worker.subscribe(tab, Topic.ACTIVITY)
    assert [item["id"] for item in tab.frames[-1]["items"]] == [1]


async def test_while_nobody_is_here_nothing_waits_to_be_said(
    bench: Bench, passes: list[EncodedFrames]
) -> None:
    await bench.step()
    bench.worker.parts.broadcaster.reconcile_feed([ACTIVITY])
    bench.worker.parts.broadcaster.receive_activity(ACTIVITY._replace(id=2))
    tab = await bench.connect("ana")
    await bench.run(1)
    assert ids_told(tab) == [2, 1]
    assert bench.worker.parts.broadcaster.is_idle


async def test_who_does_not_follow_activities_hears_none(bench: Bench) -> None:
    tab = await settled(bench)
    bench.worker.unsubscribe(tab, Topic.ACTIVITY)
    bench.worker.parts.broadcaster.receive_activity(ACTIVITY)
    await bench.run(1)
    assert "activity" not in [frame["type"] for frame in tab.frames]


async def test_the_dearer_a_fan_out_the_fewer_there_are_and_the_last_value_goes_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = await settled(bench)
    write = Wire.write

    def write_in_100_ms(wire: Wire, frame: EncodedFrames) -> bool:
        bench.clock.seconds += 0.1 if wire is tab.wire else 0
        return write(wire, frame)

    monkeypatch.setattr(Wire, "write", write_in_100_ms)
    before, began = len(tab.counts()), bench.clock.seconds
    for number in range(200):
        await bench.connect(f"v{number}")
        await bench.run(0.05)
    told = len(tab.counts()) - before
    elapsed = bench.clock.seconds - began
    # A tenth of the core is one fan-out of 100 ms a second.
    assert elapsed - 2 <= told <= elapsed + 1
    await bench.run(MAX_INTERVAL_SECONDS)
    assert tab.counts()[-1]["people"] == 201


async def test_activities_keep_to_the_pace_too(bench: Bench, passes: list[EncodedFrames]) -> None:
    await settled(bench)
    bench.worker.parts.budget.record(0.4)
    passes.clear()
    for number in range(200):
        bench.worker.parts.broadcaster.receive_activity(ACTIVITY._replace(id=number))
        bench.worker.parts.budget.record(0.4)
        await bench.run(0.1)
    assert len(passes) == 20 / 4


async def test_what_could_not_be_said_is_said_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = await settled(bench)
    write = Wire.write

    def fail(wire: Wire, frame: EncodedFrames) -> bool:
        raise AttributeError("a private attribute has changed")

    monkeypatch.setattr(Wire, "write", fail)
    bench.worker.parts.broadcaster.receive_activity(ACTIVITY)
    bench.clock.seconds += 1
    with pytest.raises(AttributeError):
        await bench.worker.parts.broadcaster.broadcast()
    monkeypatch.setattr(Wire, "write", write)
    await bench.run(1)
    assert ids_told(tab) == [1]


async def test_who_cannot_be_greeted_at_once_is_greeted_later(bench: Bench) -> None:
    await settled(bench)
    tab = Tab("ben")
    tab.wire.broken = True
    await bench.worker.connect(tab)
    tab.wire.broken = False
    bench.clock.seconds += 1
    await bench.worker.parts.slow_consumers.scan()
    kinds = [frame["type"] for frame in tab.frames]
    assert kinds == ["connection-count", "activity-history", "retry"]


async def test_all_who_come_between_two_changes_are_greeted_with_the_same_bytes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await settled(bench)
    encoded: list[EncodedFrames] = []

    def counting(texts: Iterable[str]) -> EncodedFrames:
        encoded.append(encode(texts))
        return encoded[-1]

    monkeypatch.setattr("landing.live.broadcast.broadcaster.encode", counting)
    for number in range(50):
        await bench.worker.connect(Tab(f"v{number}"))
    assert len(encoded) == 1
    await bench.run(1)
    await bench.worker.connect(Tab("late"))
    assert len(encoded) == 2
