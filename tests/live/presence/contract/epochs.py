"""Epochs (rules 5 and 10): data loss, old backups, and a clock that is set back."""

from __future__ import annotations

from tests.live.presence.simulation import (
    TIMING,
    Harness,
    SimulatedWorker,
    aggregates,
    pass_time,
    read_counts,
)


class EpochContract:
    async def test_after_data_loss_no_partial_count_is_visible(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        other.open("ben")
        await worker.sync()
        await other.sync()
        before = other.seen
        await harness.lose_data()
        answer = await worker.sync()
        assert answer.snapshot is None
        assert await harness.presence.snapshot() is None
        await other.sync()
        harness.advance(TIMING.heartbeat_ms)
        answer = await other.sync_once()
        assert answer.snapshot is not None and answer.snapshot.version > before
        assert await read_counts(harness) == (0, 2, 2)

    async def test_the_first_worker_after_data_loss_gets_the_grant_to_publish(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        await other.sync()
        await harness.lose_data()
        first = await worker.sync_once()
        assert first.grant.publish and first.snapshot is None and first.lease.epoch
        assert not (await other.sync_once()).grant.publish

    async def test_one_data_loss_begins_one_epoch(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        await other.sync_once(aggregates=aggregates(5))
        await harness.lose_data()
        first = await worker.sync()
        second = await other.sync()
        assert first.lease.epoch == second.lease.epoch == (await worker.sync()).lease.epoch
        harness.advance(TIMING.heartbeat_ms)
        assert (await other.sync()).lease.epoch == first.lease.epoch

    async def test_a_snapshot_names_the_epoch_of_its_lease(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        first = await other.sync()
        await harness.lose_data()
        await pass_time(harness, 2 * TIMING.heartbeat_ms, [worker, other])
        second = await other.sync()
        assert first.snapshot is not None and second.snapshot is not None
        assert first.snapshot.epoch != second.snapshot.epoch
        if "+" not in first.lease.epoch:  # two backends side by side have two epochs
            assert first.snapshot.epoch == first.lease.epoch
            assert second.snapshot.epoch == second.lease.epoch
        shown = await harness.presence.snapshot()
        assert shown is not None and shown.epoch == second.snapshot.epoch

    async def test_workers_that_start_with_a_clock_set_back_begin_a_new_epoch(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        before = (await worker.sync()).snapshot
        await harness.lose_data()
        harness.advance(-3_600_000)
        successor = SimulatedWorker("successor", harness.presence)
        await successor.sync()
        harness.advance(TIMING.heartbeat_ms)
        after = (await successor.sync()).snapshot
        assert before is not None and after is not None
        assert after.epoch != before.epoch and after.as_of_ms < before.as_of_ms

    async def test_a_restored_old_backup_begins_a_new_epoch(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        old = worker.open("old")
        await worker.sync()
        await other.sync()
        backup = await harness.save()
        worker.close(old)
        worker.open("ana")
        other.open("ben")
        await worker.sync()
        await other.sync()
        before = other.seen
        await harness.restore(backup)
        answer = await worker.sync()
        assert answer.snapshot is None
        await other.sync()
        await pass_time(harness, TIMING.heartbeat_ms, [worker, other])
        assert await read_counts(harness) == (0, 2, 2)
        assert other.seen > before

    async def test_a_backup_with_equal_counts_is_detected_by_the_sequence_number(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        tab, elsewhere = worker.open("ana"), other.open("ana")
        worker.open("ben")
        await worker.sync()
        await other.sync()
        await worker.sync()
        backup, version = await harness.save(), worker.seen
        worker.close(tab)
        worker.open("ben")
        await worker.sync()
        assert worker.seen == version, "equal counts have an equal version"
        await harness.restore(backup)
        await worker.sync()
        other.close(elsewhere)
        await other.sync()
        await pass_time(harness, TIMING.heartbeat_ms + TIMING.linger_ms, [worker, other])
        assert await read_counts(harness) == (0, 1, 2)

    async def test_an_old_backup_is_detected_by_the_version_that_workers_have_seen(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        await other.sync()
        backup = await harness.save()
        other.open("ben")
        await other.sync()
        await harness.restore(backup)
        worker.seen = other.seen
        assert (await worker.sync()).snapshot is None, "ben's absence was shown as live"

    async def test_a_backup_of_an_earlier_epoch_is_replaced(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        backup = await harness.save()
        await harness.lose_data()
        worker.open("ben")
        await worker.sync()
        await harness.restore(backup)
        await worker.sync()
        await pass_time(harness, 2 * TIMING.heartbeat_ms, [worker])
        assert await read_counts(harness) == (0, 2, 2)

    async def test_after_a_clock_is_set_back_people_expire_and_publishing_continues(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        other.open("ben")
        await worker.sync()
        await other.sync()
        harness.advance(-3_600_000)
        await pass_time(harness, TIMING.lease_ms + TIMING.heartbeat_ms, [other])
        assert await read_counts(harness) == (0, 1, 1)
        third = SimulatedWorker("worker-3", harness.presence)
        third.open("cleo")
        assert (await third.sync()).grant.publish

    async def test_after_clearing_everybody_is_counted_again_and_versions_rise(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        before = worker.seen
        await harness.presence.clear()
        assert await harness.presence.snapshot() is None
        await worker.sync()
        harness.advance(TIMING.heartbeat_ms)
        answer = await worker.sync()
        assert answer.snapshot is not None and answer.snapshot.version > before
        assert await read_counts(harness) == (0, 1, 1)

    async def test_after_clearing_a_version_ahead_of_the_clock_is_kept(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        future = worker.seen + 10**9
        worker.seen = future
        await worker.sync()
        await harness.presence.clear()
        third = SimulatedWorker("worker-3", harness.presence)
        await third.sync()
        harness.advance(TIMING.heartbeat_ms)
        await third.sync()
        assert third.seen > future

    async def test_clearing_removes_people_in_their_grace_period(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", "7")
        await worker.sync()
        await harness.presence.drain(worker.name, worker.reports.seq + 1, 60_000)
        await harness.presence.clear()
        await other.sync()
        harness.advance(TIMING.heartbeat_ms)
        await other.sync()
        assert await read_counts(harness) == (0, 0, 0)
