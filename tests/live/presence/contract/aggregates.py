"""The aggregates of the snapshot, and the grant to read the analytics table."""

from __future__ import annotations

from tests.live.presence.simulation import TIMING, Harness, SimulatedWorker, aggregates


class AggregatesContract:
    async def test_reported_aggregates_are_part_of_the_snapshot(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        first = await worker.sync_once(aggregates=aggregates(31))
        assert first.snapshot is not None and first.snapshot.aggregates == aggregates(31)
        second = await worker.sync_once(aggregates=aggregates(31, page_views=981))
        assert second.snapshot is not None
        assert second.snapshot.aggregates == aggregates(31, page_views=981)
        assert second.snapshot.version > first.snapshot.version
        third = await worker.sync_once()
        assert third.snapshot == second.snapshot, "a report without aggregates changes nothing"

    async def test_equal_aggregates_do_not_raise_the_version(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await other.sync_once()
        harness.advance(TIMING.refresh_ms)
        first = await worker.sync_once(aggregates=aggregates(31, as_of_ms=1_000))
        second = await worker.sync_once(aggregates=aggregates(31, as_of_ms=6_000))
        assert first.snapshot is not None and second.snapshot is not None
        assert second.snapshot.aggregates == aggregates(31, as_of_ms=6_000)
        assert second.snapshot.version == first.snapshot.version
        assert not second.grant.publish

    async def test_one_worker_per_refresh_interval_gets_the_grant(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        grants = [
            (await each.sync_once()).grant.read_aggregates
            for each in (worker, other, worker, other)
        ]
        assert grants.count(True) == 1
        await worker.sync_once(aggregates=aggregates(31))
        harness.advance(TIMING.refresh_ms)
        grants = [(await each.sync_once()).grant.read_aggregates for each in (other, worker)]
        assert grants == [True, False]

    async def test_no_worker_gets_the_grant_while_another_one_reads(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        assert (await worker.sync_once()).grant.read_aggregates
        harness.advance(TIMING.refresh_ms)
        assert not (await other.sync_once()).grant.read_aggregates
        assert (await worker.sync_once(aggregates=aggregates(31))).grant.read_aggregates, (
            "the report ends its own grant"
        )
        harness.advance(TIMING.refresh_ms)
        await worker.sync_once(aggregates=aggregates(32))
        harness.advance(TIMING.refresh_ms)
        assert not (await other.sync_once()).grant.read_aggregates

    async def test_the_grant_of_a_dead_worker_ends_after_one_lease(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        assert (await worker.sync_once()).grant.read_aggregates
        harness.advance(TIMING.lease_ms - 1)
        assert not (await other.sync_once()).grant.read_aggregates
        harness.advance(1)
        assert (await other.sync_once()).grant.read_aggregates

    async def test_aggregates_of_a_worker_that_lost_the_grant_are_ignored(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync_once(aggregates=aggregates(30))
        harness.advance(TIMING.lease_ms)
        await other.sync_once()
        await other.sync_once(aggregates=aggregates(32))
        late = await worker.sync_once(aggregates=aggregates(31))
        assert late.snapshot is not None and late.snapshot.aggregates == aggregates(32)

    async def test_the_first_aggregates_are_accepted_from_any_worker(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        assert (await worker.sync_once()).grant.read_aggregates
        answer = await other.sync_once(aggregates=aggregates(31))
        assert answer.snapshot is not None and answer.snapshot.aggregates == aggregates(31)
