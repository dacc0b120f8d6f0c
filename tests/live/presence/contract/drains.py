"""Drains and tombstones."""

from __future__ import annotations

import pytest

from landing.live.presence.contract import MAX_REMOVALS
from tests.live.presence.simulation import TIMING, Harness, SimulatedWorker, pass_time, read_counts


class DrainContract:
    async def test_the_people_of_a_drained_worker_get_the_requested_grace_period(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", "7")
        worker.open("ben")
        await worker.sync()
        await other.sync()
        while await harness.presence.drain(worker.name, worker.reports.seq + 1, 9_000):
            pass
        assert await read_counts(harness) == (1, 1, 0)
        await pass_time(harness, 7_500, [other])
        other.open("ben")
        await other.sync()
        await pass_time(harness, 2_500, [other])
        assert await read_counts(harness) == (0, 1, 1)

    @pytest.mark.parametrize("user", [None, "7"])
    @pytest.mark.parametrize("returning_user", [None, "7"])
    async def test_a_short_return_ends_the_grace_period_of_a_drain_in_the_usual_time(
        self,
        worker: SimulatedWorker,
        other: SimulatedWorker,
        harness: Harness,
        user: str | None,
        returning_user: str | None,
    ) -> None:
        worker.open("ana", user)
        await worker.sync()
        await other.sync()
        await harness.presence.drain(worker.name, worker.reports.seq + 1, 30_000)
        other.close(other.open("ana", returning_user))
        await other.sync()
        await pass_time(harness, TIMING.linger_ms - 500, [other])
        assert sum((await read_counts(harness))[:2]) == 1
        await pass_time(harness, 1_000, [other])
        is_still_signed_in = user is not None and returning_user is None
        assert await read_counts(harness) == (int(is_still_signed_in), 0, 0)

    async def test_a_short_return_does_not_extend_a_grace_period(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        await harness.presence.drain(worker.name, worker.reports.seq + 1, 2_000)
        other.close(other.open("ana"))
        await other.sync()
        await pass_time(harness, 2_500, [other])
        assert await read_counts(harness) == (0, 0, 0)

    async def test_a_report_in_flight_does_not_restore_a_drained_worker(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        late = worker.reports.next_report(seen=worker.seen, aggregates=None, events=True)
        while await harness.presence.drain(worker.name, late.seq + 1, 1_000):
            pass
        assert (await harness.presence.sync(late)).lease.drained
        await pass_time(harness, 2_500, [other])
        assert await read_counts(harness) == (0, 0, 0)

    @pytest.mark.parametrize("first", [True, False])
    @pytest.mark.parametrize("loss", ["cleared", "noticed", "clock"])
    async def test_a_drained_worker_stays_rejected_in_a_new_epoch(
        self,
        worker: SimulatedWorker,
        other: SimulatedWorker,
        harness: Harness,
        loss: str,
        first: bool,
    ) -> None:
        await other.sync()
        if not first:
            await worker.sync()
        worker.open("ana")
        late = worker.reports.next_report(seen=worker.seen, aggregates=None, events=True)
        await harness.presence.drain(worker.name, late.seq + 1, 1_000)
        if loss == "cleared":
            await harness.presence.clear()
        elif loss == "clock":
            harness.advance(-3_600_000)
        else:
            other.seen += 10**9
        assert (await other.sync()).snapshot is None
        assert (await harness.presence.sync(late)).lease.drained
        await pass_time(harness, TIMING.heartbeat_ms, [other])
        assert await read_counts(harness) == (0, 0, 0)

    async def test_a_large_worker_drains_in_bounded_steps_without_a_dip(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        people = MAX_REMOVALS * 2 + 5
        for number in range(people):
            worker.open(f"v{number}")
        await worker.sync()
        steps = 1
        while await harness.presence.drain(worker.name, worker.reports.seq + 1, 9_000):
            steps += 1
            assert await read_counts(harness) == (0, people, 0)
        assert steps >= 3
