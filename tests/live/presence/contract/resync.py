"""Resyncs (rule 3): all chunks become visible together."""

from __future__ import annotations

from landing.live.presence.contract import MAX_CHANGES
from tests.live.presence.simulation import (
    TIMING,
    Harness,
    SimulatedWorker,
    pass_time,
    read_counts,
    visitor_key,
)


class ResyncContract:
    async def test_a_removed_worker_is_asked_for_all_of_its_keys(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", "7")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        assert await read_counts(harness) == (0, 0, 0)
        answer = await worker.sync_once()
        assert answer.lease.resync
        await worker.sync()
        assert await read_counts(harness) == (1, 0, 1)

    async def test_the_chunks_of_a_resync_become_visible_together(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        other.open("ben")
        await other.sync()
        for number in range(2 * MAX_CHANGES + 10):
            worker.open(f"v{number}")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        while (await other.sync_once()).lease.more:
            pass
        assert await read_counts(harness) == (0, 1, 1)
        seen = set()
        while True:
            answer = await worker.sync_once()
            seen.add(await read_counts(harness))
            if not (answer.lease.resync or worker.reports.is_behind):
                break
        everybody = 2 * MAX_CHANGES + 11
        assert seen == {(0, 1, 1), (0, everybody, everybody)}

    async def test_an_incomplete_resync_starts_again(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        sockets = [worker.open(f"v{number}") for number in range(MAX_CHANGES + 10)]
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        await worker.sync_once(answered=False)
        for socket in sockets[:5]:
            worker.close(socket)
        await worker.sync()
        while (await other.sync_once()).lease.more:
            pass
        await pass_time(harness, TIMING.linger_ms, [worker, other])
        assert await read_counts(harness) == (0, MAX_CHANGES + 5, MAX_CHANGES + 5)

    async def test_a_person_who_left_during_a_lost_resync_is_not_counted(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        sockets = [worker.open(f"v{number}") for number in range(MAX_CHANGES + 10)]
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        chunk = worker.reports.next_report(seen=worker.seen, aggregates=None, events=True)
        await harness.presence.sync(chunk)
        for socket in sockets[:5]:
            worker.close(socket)
        worker.reports.handle_failure()
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker, other])
        assert await read_counts(harness) == (0, MAX_CHANGES + 5, MAX_CHANGES + 5)

    async def test_an_incomplete_resync_delays_the_snapshot_for_at_most_one_heartbeat(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_CHANGES + 10):
            worker.open(f"v{number}")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        await worker.sync_once()
        other.open("ben")
        assert (await other.sync()).lease.due_in_ms == TIMING.heartbeat_ms
        assert await read_counts(harness) == (0, 0, 0)
        await pass_time(harness, TIMING.heartbeat_ms, [other])
        assert await read_counts(harness) == (0, MAX_CHANGES + 1, MAX_CHANGES + 11)

    async def test_a_worker_that_dies_during_a_resync_stops_delaying_the_snapshot(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_CHANGES + 10):
            worker.open(f"v{number}")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        await worker.sync_once()
        await pass_time(harness, TIMING.heartbeat_ms, [other])
        other.open("ben")
        answer = await other.sync_once()
        assert answer.snapshot is not None and answer.snapshot.anonymous == MAX_CHANGES + 1
        assert answer.joined == (visitor_key("ben"),)
        assert answer.lease.due_in_ms == TIMING.interval_ms, "the resync delays nothing any more"
        await pass_time(harness, TIMING.lease_ms, [other])
        assert await read_counts(harness) == (0, 1, 1)

    async def test_a_drain_ends_the_delay_of_an_incomplete_resync(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_CHANGES + 10):
            worker.open(f"v{number}")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        await worker.sync_once()
        await harness.presence.drain(worker.name, worker.reports.seq + 1, 9_000)
        assert await read_counts(harness) == (0, MAX_CHANGES, 0)
