"""The handover: connections close in small steps while the worker still counts."""

from __future__ import annotations

import asyncio

from landing.live.connection import Close
from landing.live.reconnect_spread import FAILED_ATTEMPT_MS, MIN_SPREAD_MS
from landing.live.registry import Registry
from landing.live.sync.drain import HANDOVER_STEP, Handover
from tests.live.worker_harness import FakeConnection, WorkerHarness

RETRY = {"type": "retry", "after_ms_max": MIN_SPREAD_MS}


async def connect(harness: WorkerHarness, people: int) -> list[FakeConnection]:
    """Connect people whose connections end as soon as they are closed, as in Daphne."""
    await harness.run_due_steps()
    connections = [await harness.connect(f"person {number}") for number in range(people)]
    for each in connections:
        each.close = _closing(harness, each)
    await harness.advance(1)
    return connections


def _closing(harness: WorkerHarness, connection: FakeConnection) -> Close:
    async def close(code: int) -> None:
        harness.worker.disconnect(connection)
        connection.close_codes.append(code)

    return close


async def step(harness: WorkerHarness) -> bool:
    """Make one step, and let its task end."""
    may_continue = harness.worker.parts.drain.handover.step()
    for _ in range(20):
        await asyncio.sleep(0)
    return may_continue


async def step_after_tasks(harness: WorkerHarness) -> bool:
    """Let the tasks of earlier steps end, and make another."""
    for _ in range(20):
        await asyncio.sleep(0)
    return harness.worker.parts.drain.handover.step()


def closed(connections: list[FakeConnection]) -> list[FakeConnection]:
    return [each for each in connections if each.close_codes]


async def people(harness: WorkerHarness) -> int:
    snapshot = await harness.presence.snapshot()
    assert snapshot is not None
    return snapshot.people


async def test_each_step_closes_a_bounded_number_until_none_is_left(harness: WorkerHarness) -> None:
    connections = await connect(harness, 2 * HANDOVER_STEP + 1)
    counts = []
    while await step(harness):
        counts.append(len(closed(connections)))
    assert counts == [HANDOVER_STEP, 2 * HANDOVER_STEP, 2 * HANDOVER_STEP + 1]
    assert all(each.close_codes == [1001] for each in connections)


async def test_the_handover_is_not_over_before_the_last_close(harness: WorkerHarness) -> None:
    connections = await connect(harness, 1)
    assert harness.worker.parts.drain.handover.step()
    assert harness.worker.parts.drain.handover.step(), "the close has not begun"
    assert closed(connections) == []
    assert not await step_after_tasks(harness)
    assert closed(connections) == connections


async def test_the_smallest_spread_is_sent_before_the_close(harness: WorkerHarness) -> None:
    (connection,) = await connect(harness, 1)
    sent = len(connection.frames)
    await step(harness)
    assert connection.frames[sent:] == [RETRY]


async def test_those_who_wait_receive_counts_until_they_are_closed(harness: WorkerHarness) -> None:
    connections = await connect(harness, HANDOVER_STEP + 1)
    await step(harness)
    await harness.connect("newest")
    await harness.advance(1)
    first, last = connections[0], connections[-1]
    assert last.count_frames()[-1]["people"] == HANDOVER_STEP + 2
    assert first.count_frames()[-1]["people"] == HANDOVER_STEP + 1


async def test_people_who_are_handed_over_count_for_the_usual_grace_period(
    harness: WorkerHarness,
) -> None:
    await connect(harness, HANDOVER_STEP)
    while await step(harness):
        pass
    await harness.worker.stop()
    assert await people(harness) == HANDOVER_STEP
    harness.clock.seconds += 4.9
    assert await people(harness) == HANDOVER_STEP
    harness.clock.seconds += 0.2
    assert await people(harness) == 0


async def test_the_drain_closes_the_connections_that_remain(harness: WorkerHarness) -> None:
    connections = await connect(harness, HANDOVER_STEP + 1)
    await step(harness)
    await harness.worker.stop()
    assert all(each.close_codes == [1001] for each in connections)
    harness.clock.seconds += 5.1
    assert await people(harness) == 1, "the last one gets the longer grace period of a drain"
    harness.clock.seconds += (MIN_SPREAD_MS + FAILED_ATTEMPT_MS) / 1000
    assert await people(harness) == 0


async def test_a_slow_consumer_is_left_to_the_drain(harness: WorkerHarness) -> None:
    slow, other = await connect(harness, 2)
    slow.fake_outbound.is_stuck = True
    await step(harness)
    assert (slow.close_codes, other.close_codes) == ([], [1001])
    await harness.worker.stop()
    assert slow.close_codes == [1001]


async def test_somebody_who_left_meanwhile_is_skipped(harness: WorkerHarness) -> None:
    connections = await connect(harness, HANDOVER_STEP + 1)
    await step(harness)
    harness.worker.disconnect(connections[-1])
    await step(harness)
    assert connections[-1].close_codes == []
    assert not await step(harness)


async def test_nothing_is_handed_over_if_the_grace_period_is_shorter_than_a_reconnect() -> None:
    registry = Registry()
    registry.add(FakeConnection("ana"))
    assert not Handover(registry, linger_seconds=3.0).step()
