"""Dead workers (rule 6), and pauses of the backend (rule 4)."""

from __future__ import annotations

from landing.live.presence.contract import MAX_REMOVALS
from tests.live.presence.simulation import TIMING, Harness, SimulatedWorker, pass_time, read_counts


class DeadWorkersContract:
    async def test_the_people_of_a_killed_worker_are_removed_when_its_lease_ends(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        worker.open("both")
        other.open("both")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms - 2_500, [other])
        assert await read_counts(harness) == (0, 2, 3)
        answer = await other.sync_once()
        assert answer.lease.due_in_ms == 2_500, "the answer has the end of the next lease"
        assert answer.lease.workers == 2
        harness.advance(2_500)
        assert (await other.sync_once()).lease.workers == 1
        assert await read_counts(harness) == (0, 1, 1)

    async def test_a_large_dead_worker_is_removed_in_bounded_steps(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_REMOVALS * 2 + 1):
            worker.open(f"v{number}", f"u{number % 7}")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms - 2_500, [other])
        harness.advance(2_500)
        steps, connections = 0, set()
        while (answer := await other.sync_once()).lease.more:
            steps += 1
            assert answer.snapshot is not None
            connections.add(answer.snapshot.connections)
            assert answer.snapshot.anonymous == 0, "a half-removed person counts as anonymous"
        assert steps >= 2
        assert connections == {0}, "the first step removes the connections"
        assert await read_counts(harness) == (0, 0, 0)

    async def test_a_worker_that_dies_again_during_its_removal_leaves_no_people(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        sockets = [worker.open(f"v{number}") for number in range(5 * MAX_REMOVALS)]
        await worker.sync()
        for _ in range(2):
            harness.advance(TIMING.lease_ms // 2)
            await other.sync_once()
        assert (await worker.sync_once()).lease.resync
        assert (await worker.sync_once(answered=False)).lease.more
        for each in sockets:
            worker.close(each)
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker, other])
        assert await read_counts(harness) == (0, 0, 0)

    async def test_a_pause_of_all_workers_removes_nobody(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        moving = worker.open("ben")
        other.open("eve", "7")
        await worker.sync()
        await other.sync()
        worker.close(moving)
        await worker.sync()
        other.open("ben")
        worker.left.clear()
        harness.advance(60_000)
        await worker.sync()
        assert await read_counts(harness) == (1, 2, 2)
        await other.sync()
        await pass_time(harness, TIMING.lease_ms * 2, [worker, other])
        assert await read_counts(harness) == (1, 2, 3)
        assert worker.left == other.left == []

    async def test_reading_the_snapshot_after_a_pause_removes_nobody(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        harness.advance(60_000)
        assert await read_counts(harness) == (0, 1, 1)
        assert not (await worker.sync_once()).lease.resync

    async def test_a_worker_that_died_during_a_pause_is_removed_one_lease_later(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        await other.sync()
        harness.advance(60_000)
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        assert await read_counts(harness) == (0, 0, 0)
