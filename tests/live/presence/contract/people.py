"""The counts of people and connections."""

from __future__ import annotations

import pytest

from landing.live.presence.contract import MAX_REMOVALS
from tests.live.presence.simulation import TIMING, Harness, SimulatedWorker, pass_time, read_counts


class PeopleContract:
    async def test_two_tabs_are_one_person_and_two_connections(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        worker.open("ana")
        await worker.sync()
        assert await read_counts(harness) == (0, 1, 2)

    async def test_a_visitor_on_two_workers_is_one_person(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        other.open("ana")
        await worker.sync()
        await other.sync()
        assert await read_counts(harness) == (0, 1, 2)

    async def test_a_user_on_two_devices_is_one_person(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("phone", "7")
        other.open("laptop", "7")
        await worker.sync()
        await other.sync()
        assert await read_counts(harness) == (1, 0, 2)

    @pytest.mark.parametrize("elsewhere", [False, True])
    async def test_a_signed_in_and_an_anonymous_tab_of_a_browser_are_one_person(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness, elsewhere: bool
    ) -> None:
        worker.open("ana")
        (other if elsewhere else worker).open("ana", "7")
        await worker.sync()
        await other.sync()
        assert await read_counts(harness) == (1, 0, 2)

    async def test_a_visitor_who_signs_in_and_out_is_always_one_person(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        anonymous = worker.open("ana")
        await worker.sync()
        worker.close(anonymous)
        signed_in = worker.open("ana", "7")
        await worker.sync()
        assert await read_counts(harness) == (1, 0, 1)
        worker.close(signed_in)
        worker.open("ana")
        await worker.sync()
        assert await read_counts(harness) == (1, 0, 1)
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await read_counts(harness) == (0, 1, 1)

    async def test_a_person_counts_until_the_grace_period_ends(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        socket = worker.open("ana")
        await worker.sync()
        worker.close(socket)
        await worker.sync()
        harness.advance(TIMING.linger_ms - 100)
        assert await read_counts(harness) == (0, 1, 0)
        harness.advance(100)
        assert await read_counts(harness) == (0, 0, 0)

    async def test_a_reload_on_another_worker_does_not_change_the_counts(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        socket = worker.open("ana", "7")
        await worker.sync()
        worker.close(socket)
        await worker.sync()
        other.open("ana", "7")
        await other.sync()
        assert await read_counts(harness) == (1, 0, 1)
        await pass_time(harness, 2 * TIMING.linger_ms, [worker, other])
        assert await read_counts(harness) == (1, 0, 1)

    async def test_an_answer_has_the_end_of_the_next_grace_period(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        first, second = worker.open("ana"), worker.open("ben", "7")
        await worker.sync()
        worker.close(first)
        await worker.sync()
        harness.advance(1_000)
        worker.close(second)
        answer = await worker.sync()
        assert answer.lease.due_in_ms == TIMING.linger_ms - 1_000
        harness.advance(TIMING.linger_ms - 1_000)
        answer = await worker.sync()
        assert answer.lease.due_in_ms == 1_000

    async def test_a_signed_in_mark_does_not_outlive_its_visitor(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", "7")
        await worker.sync()
        await harness.presence.drain(worker.name, worker.reports.seq + 1, 60_000)
        tab = other.open("ana")
        await other.sync()
        other.close(tab)
        await other.sync()
        await pass_time(harness, 10_000, [other])
        assert await read_counts(harness) == (1, 0, 0)
        other.open("ana")
        await other.sync()
        assert await read_counts(harness) == (1, 0, 1), "one person: the user counts"
        harness.advance(TIMING.lease_ms)
        third = SimulatedWorker("worker-3", harness.presence)
        await third.sync()
        await pass_time(harness, TIMING.lease_ms, [third])
        assert await read_counts(harness) == (1, 0, 0), "a removed visitor left its mark"
        await pass_time(harness, 40_000, [third])
        assert await read_counts(harness) == (0, 0, 0)

    async def test_many_grace_periods_end_in_bounded_steps_without_counting_anybody_twice(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        sockets = [worker.open(f"v{number}", f"u{number}") for number in range(MAX_REMOVALS + 500)]
        await worker.sync()
        for each in sockets:
            worker.close(each)
        while worker.reports.has_changes:
            await worker.sync()
        harness.advance(TIMING.linger_ms)
        steps = 1
        while (answer := await worker.sync_once()).lease.more:
            steps += 1
            assert answer.snapshot is not None and answer.snapshot.anonymous == 0
        assert steps >= 2
        assert await read_counts(harness) == (0, 0, 0)
