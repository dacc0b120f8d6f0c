"""Versions (rule 7), and the grant to publish (rule 8)."""

from __future__ import annotations

from landing.live.presence.contract import Report, Snapshot
from tests.live.presence.simulation import TIMING, Harness, SimulatedWorker, pass_time


class PublishContract:
    async def test_an_unchanged_snapshot_keeps_its_version_and_gets_a_new_time(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        first = (await worker.sync()).snapshot
        harness.advance(1_000)
        second = (await worker.sync()).snapshot
        assert first is not None and second is not None
        assert second.version == first.version
        assert second.as_of_ms >= first.as_of_ms + 1_000

    async def test_a_version_is_at_least_the_time_and_above_every_version_seen(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        first = (await worker.sync()).snapshot
        assert first is not None and abs(first.version - first.as_of_ms) <= 1
        future = first.version + 10**9
        report = Report(worker="another", seq=1, acked=0, seen=future)
        answer = (await harness.presence.sync(report)).snapshot
        assert answer is not None and answer.version > future

    async def test_one_worker_per_interval_publishes_and_the_last_value_is_published(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        harness.advance(TIMING.interval_ms)
        await worker.sync()
        harness.advance(TIMING.interval_ms)
        published: list[Snapshot | None] = []
        for number in range(10):
            each = (worker, other)[number % 2]
            each.open(f"v{number}")
            answer = await each.sync_once()
            if answer.grant.publish:
                published.append(answer.snapshot)
        assert len(published) == 1
        assert answer.lease.due_in_ms is not None and answer.lease.due_in_ms <= TIMING.interval_ms
        harness.advance(TIMING.interval_ms)
        answer = await other.sync_once()
        assert answer.grant.publish and answer.snapshot is not None
        assert answer.snapshot.people == 10

    async def test_a_worker_that_is_alone_publishes_nothing_until_another_one_reports(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        await pass_time(harness, 2 * TIMING.heartbeat_ms, [worker])
        for number in range(3):
            worker.open(f"v{number}")
            answer = await worker.sync_once()
            assert not answer.grant.publish and answer.snapshot is not None
            assert (
                answer.lease.due_in_ms is not None and answer.lease.due_in_ms > TIMING.interval_ms
            )
            harness.advance(TIMING.interval_ms)
        answer = await other.sync_once()
        assert answer.snapshot is not None and answer.snapshot.people == 3
        other.open("late")
        answer = await other.sync_once()
        assert answer.grant.publish and answer.snapshot is not None
        assert answer.snapshot.people == 4
