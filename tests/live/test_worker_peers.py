"""Messages between workers through the channel layer."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from tests.live.presence.simulation import TIMING
from tests.live.worker_harness import FakeConnection, WorkerHarness

HEARTBEAT = TIMING.heartbeat_ms / 1000
INTERVAL = TIMING.interval_ms / 1000


async def test_two_workers_show_the_same_counts_and_publish_at_most_once_per_interval() -> None:
    one = WorkerHarness()
    two = WorkerHarness(presence=one.presence, clock=one.clock)
    await one.run_due_steps()
    await two.run_due_steps()
    await one.connect("ana")
    connection = await two.connect("ben")
    published = []
    for number in range(40):
        one.clock.seconds += 0.05
        await (one, two)[number % 2].connect(f"v{number}")
        await one.run_due_steps()
        await two.run_due_steps()
        for sender, receiver in ((one, two), (two, one)):
            for message in sender.channel_layer.sent:
                published.append(message)
                receiver.worker.parts.group.dispatch(message)
            sender.channel_layer.sent.clear()
    assert len(published) <= 40 * 0.05 / INTERVAL + 2, (
        "at most one per interval for both workers together"
    )
    await two.worker.parts.sync.sync()
    await one.advance(1)
    await two.run_due_steps()
    for sender, receiver in ((one, two), (two, one)):
        for message in sender.channel_layer.sent:
            receiver.worker.parts.group.dispatch(message)
    await two.run_due_steps()
    assert connection.count_frames()[-1]["people"] == 42
    assert one.worker.parts.current.visible_counts() == two.worker.parts.current.visible_counts()


async def test_workers_that_change_at_different_times_each_report_once_per_interval() -> None:
    one = WorkerHarness()
    harnesses = [one, *(WorkerHarness(presence=one.presence, clock=one.clock) for _ in range(3))]
    connections: list[tuple[WorkerHarness, FakeConnection]] = []
    for number in range(1_000):
        one.clock.seconds += 0.01
        harness = harnesses[number % 4]
        connections.append((harness, await harness.connect(f"v{number}")))
        if number >= 100:
            opener, oldest = connections[number - 100]
            opener.worker.disconnect(oldest)
        for each in harnesses:
            await each.run_due_steps()
    intervals = 1_000 * 0.01 / INTERVAL
    assert len(one.presence.reports) <= 4 * (intervals + 2)


async def test_a_worker_without_peers_publishes_no_snapshot(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    await harness.advance(2 * HEARTBEAT)
    harness.channel_layer.sent.clear()
    connection = await harness.connect("ana")
    await harness.advance(1)
    assert connection.count_frames()[-1]["people"] == 1
    assert harness.channel_layer.sent == []


def _published_message(harness: WorkerHarness, **changes: int) -> dict[str, Any]:
    """Return a message of another worker: the current snapshot with changed fields."""
    sourced = harness.worker.snapshot()
    assert sourced is not None
    snapshot = asdict(replace(sourced.snapshot, **changes))
    snapshot["table"] = snapshot.pop("aggregates")
    del snapshot["epoch"], snapshot["suspects"]
    return {
        "type": "snapshot",
        "epoch": harness.worker.parts.sync._reports.epoch,
        "snapshot": snapshot,
    }


async def test_an_older_published_snapshot_is_ignored(harness: WorkerHarness) -> None:
    await harness.connect("ana")
    await harness.advance(1)
    oldest = _published_message(harness)
    await harness.connect("ben")
    await harness.advance(1)
    before = harness.worker.snapshot()
    harness.worker.parts.group.dispatch(oldest)
    assert before is not None and before.snapshot.people == 2
    assert harness.worker.snapshot() == before


async def test_a_newer_published_snapshot_is_adopted(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    await harness.connect("ana")
    await harness.advance(1)
    before = harness.worker.snapshot()
    assert before is not None
    newer = _published_message(harness, connections=9, version=before.snapshot.version + 1)
    harness.worker.parts.group.dispatch(newer)
    sourced = harness.worker.snapshot()
    assert sourced is not None and sourced.snapshot.connections == 9


async def test_a_message_of_another_epoch_triggers_an_immediate_sync(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    await harness.advance(1)
    harness.presence.reports.clear()
    harness.worker.parts.group.dispatch({"type": "snapshot", "epoch": "another", "snapshot": None})
    await harness.run_due_steps()
    assert len(harness.presence.reports) == 1


async def test_local_counts_stay_correct_while_the_channel_layer_is_broken(
    harness: WorkerHarness,
) -> None:
    harness.channel_layer.is_broken = True
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    assert connection.count_frames()[-1]["people"] == 1
