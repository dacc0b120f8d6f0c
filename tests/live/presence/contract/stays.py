"""The stays: one per visit, from the arrival to the departure, without the grace period."""

from __future__ import annotations

from landing.live.presence.contract import MAX_CHANGES
from tests.live.presence.simulation import TIMING, Harness, SimulatedWorker, pass_time

MINUTE_MS = 60_000


async def stays_after_grace_period(harness: Harness, *workers: SimulatedWorker) -> list[int]:
    """Return the stays that end with the next grace period, from all answers."""
    harness.advance(TIMING.linger_ms)
    stays: list[int] = []
    for worker in (*workers, *workers):
        stays += (await worker.sync()).stays
    return sorted(stays)


class StaysContract:
    async def test_a_stay_lasts_from_the_arrival_to_the_departure(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        ana = worker.open("ana")
        await worker.sync()
        await pass_time(harness, MINUTE_MS, [worker, other])
        worker.close(ana)
        assert (await worker.sync()).stays == ()
        assert await stays_after_grace_period(harness, other, worker) == [MINUTE_MS]

    async def test_tabs_and_pages_on_several_workers_are_one_stay(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        first = worker.open("ana")
        await worker.sync()
        await pass_time(harness, MINUTE_MS, [worker, other])
        second = other.open("ana")
        await other.sync()
        worker.close(first)
        await worker.sync()
        await pass_time(harness, MINUTE_MS, [worker, other])
        other.close(second)
        await other.sync()
        harness.advance(TIMING.linger_ms - 1)
        third = worker.open("ana")
        await worker.sync()
        await pass_time(harness, MINUTE_MS, [worker, other])
        worker.close(third)
        await worker.sync()

        assert await stays_after_grace_period(harness, worker, other) == [
            3 * MINUTE_MS + TIMING.linger_ms - 1
        ]

    async def test_signing_in_and_out_does_not_end_a_stay(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        ana = worker.open("ana")
        await worker.sync()
        for user in ("7", None, "7"):
            await pass_time(harness, MINUTE_MS, [worker])
            worker.identify(ana, user)
            await worker.sync()
        worker.close(ana)
        await worker.sync()
        assert await stays_after_grace_period(harness, worker) == [3 * MINUTE_MS]

    async def test_a_return_after_the_grace_period_is_another_stay(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        found = []
        for _ in range(2):
            ana = worker.open("ana")
            await worker.sync()
            harness.advance(1_500)
            worker.close(ana)
            await worker.sync()
            found += await stays_after_grace_period(harness, worker)
        assert found == [1_500, 1_500]

    async def test_a_drain_does_not_end_the_stay_of_people_who_reconnect(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        await other.sync()
        await pass_time(harness, MINUTE_MS, [worker, other])
        while await harness.presence.drain(worker.name, worker.reports.seq + 1, 20_000):
            pass
        await pass_time(harness, 15_000, [other])
        again = other.open("ana")
        await other.sync()
        await pass_time(harness, MINUTE_MS, [other])
        other.close(again)
        await other.sync()
        assert await stays_after_grace_period(harness, other) == [2 * MINUTE_MS + 15_000]

    async def test_a_crash_ends_only_the_stays_of_people_who_return_in_time(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        """Nobody knows when the others left."""
        worker.open("ana")
        worker.open("ben")
        await worker.sync()
        await other.sync()
        await pass_time(harness, TIMING.lease_ms // 2, [other])
        again = other.open("ana")
        await pass_time(harness, MINUTE_MS, [other])
        other.close(again)
        await other.sync()
        stay_ms = TIMING.lease_ms // 2 + MINUTE_MS
        assert await stays_after_grace_period(harness, other) == [stay_ms]

    async def test_a_resync_measures_nobody_because_nobody_arrives(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        people = [worker.open(f"v{number}") for number in range(MAX_CHANGES + 10)]
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync()
        for each in people:
            worker.close(each)
        await worker.sync()
        assert await stays_after_grace_period(harness, worker, other) == []

    async def test_data_loss_measures_nobody(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        ana = worker.open("ana")
        await worker.sync()
        await harness.presence.clear()
        await worker.sync()
        await pass_time(harness, MINUTE_MS, [worker])
        worker.close(ana)
        await worker.sync()
        assert await stays_after_grace_period(harness, worker) == []

    async def test_somebody_who_is_left_out_leaves_no_stay(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        ana = worker.open("ana")
        await worker.sync()
        harness.advance(1_000)
        worker.identify(ana, "7", is_left_out=True)
        await worker.sync()
        assert await stays_after_grace_period(harness, worker) == []

    async def test_stays_that_a_read_of_the_snapshot_ended_are_in_the_next_answer(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        ana = worker.open("ana")
        await worker.sync()
        worker.close(ana)
        await worker.sync()
        harness.advance(TIMING.linger_ms)
        await harness.presence.snapshot()
        assert (await worker.sync()).stays == (0,)
        assert (await worker.sync()).stays == ()
