"""Inspection, and the daily salt."""

from __future__ import annotations

from tests.live.presence.simulation import TIMING, Harness, SimulatedWorker


class OperatorContract:
    async def test_an_inspection_shows_workers_leases_and_grace_periods(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        gone = worker.open("ben")
        worker.open("ana", "7")
        await worker.sync()
        worker.close(gone)
        await worker.sync()
        harness.advance(1_000)
        inspection = await harness.presence.inspect()
        (inspected,) = inspection.workers
        assert (inspected.worker, inspected.visitors, inspected.signed, inspected.users) == (
            worker.name,
            1,
            1,
            1,
        )
        assert inspected.connections == 1
        assert TIMING.lease_ms - 2_000 < inspected.lease_ms <= TIMING.lease_ms - 1_000
        assert {kind.name: count for kind, count in inspection.lingering.items()} == {
            "VISITOR": 1,
            "SIGNED": 0,
            "USER": 0,
        }
        assert inspection.settling_ms == 0 and inspection.reaping == 0
        assert inspection.snapshot is not None and inspection.snapshot.people == 2

    async def test_the_salt_is_the_same_within_a_day_and_new_on_the_next(
        self, harness: Harness
    ) -> None:
        today = await harness.presence.daily_salt("2026-01-31")
        assert len(today) == 32
        assert await harness.presence.daily_salt("2026-01-31") == today
        tomorrow = await harness.presence.daily_salt("2026-02-01")
        assert tomorrow != today
        assert await harness.presence.daily_salt("2026-01-31") == today
        assert await harness.presence.daily_salt("2026-02-01") == tomorrow
