"""The limit of people per network (rule 11)."""

from __future__ import annotations

import pytest

from landing.live.connection import Connection
from landing.live.registry import Registry
from tests.live.presence.simulation import (
    TIMING,
    Harness,
    SimulatedWorker,
    pass_time,
    read_counts,
)

OFFICE, HOME = "192.0.2.1", "192.0.2.2"


async def read_people(harness: Harness) -> tuple[int, int]:
    """Return how many people count, and how many of these are suspects."""
    snapshot = await harness.presence.snapshot()
    assert snapshot is not None
    return snapshot.people, snapshot.suspects


def open_many(worker: SimulatedWorker, number: int, network: str = OFFICE) -> list[Connection]:
    return [worker.open(f"{worker.name}-{i}", network=network) for i in range(number)]


class NetworksContract:
    async def test_people_over_the_limit_stay_connected_and_do_not_count(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(5)
        open_many(worker, 8)
        worker.open("neighbor", network=HOME)
        await worker.sync()
        assert await read_counts(harness) == (0, 6, 9)

    async def test_the_limit_holds_across_workers(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(5)
        for each in (worker, other):
            open_many(each, 4)
            await each.sync()
        assert await read_counts(harness) == (0, 5, 8)

    async def test_one_who_waits_counts_as_soon_as_another_one_left(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(5)
        tabs = open_many(worker, 6)
        await worker.sync()
        worker.close(tabs[0])
        await worker.sync()
        assert await read_people(harness) == (5, 5)
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await read_people(harness) == (5, 5)
        worker.close(tabs[1])
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await read_people(harness) == (4, 4)

    async def test_people_in_their_grace_period_belong_to_their_network(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(5)
        for number in range(20):
            worker.close(worker.open(f"fleeting-{number}", network=OFFICE))
            worker.close(tab := worker.open(f"slow-{number}", network=OFFICE))
            await worker.sync()
            worker.close(tab)
        assert (await read_people(harness))[0] <= 5
        await pass_time(harness, 2 * TIMING.linger_ms, [worker])
        assert await read_people(harness) == (0, 0)

    async def test_people_who_come_one_after_the_other_have_the_limit(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(5)
        for number in range(20):
            tab = worker.open(f"alone-{number}", network=OFFICE)
            await worker.sync()
            worker.close(tab)
            await worker.sync()
            assert (await read_people(harness))[0] <= 5
        await pass_time(harness, 2 * TIMING.linger_ms, [worker])
        assert await read_people(harness) == (0, 0)
        worker.open("alone-0", network=OFFICE)
        await worker.sync()
        assert await read_people(harness) == (1, 0), "nothing is left of the others"

    async def test_the_first_of_a_crowd_who_left_and_is_gone_leaves_nothing_behind(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(1)
        tab = worker.open("first", "7", network=OFFICE)
        await worker.sync()
        worker.close(tab)
        await pass_time(harness, 2 * TIMING.linger_ms, [worker])
        open_many(worker, 2)
        await worker.sync()
        assert await read_people(harness) == (1, 1)
        worker.open("first", network=HOME)
        await worker.sync()
        assert (await read_people(harness))[0] == 2, "it has no network from before"

    async def test_signed_in_people_count_without_a_limit(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(2)
        for number in range(4):
            worker.open(f"employee-{number}", f"{number}", network=OFFICE)
        open_many(worker, 3)
        await worker.sync()
        assert await read_counts(harness) == (4, 2, 7)

    async def test_a_sign_in_gives_a_place_to_another_person_and_a_sign_out_takes_one(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(2)
        tabs = open_many(worker, 3)
        await worker.sync()
        worker.identify(tabs[0], "7")
        await worker.sync()
        assert await read_counts(harness) == (1, 2, 3)
        worker.identify(tabs[0], None)
        await worker.sync()
        assert await read_counts(harness) == (0, 2, 3)

    async def test_a_person_belongs_to_the_first_network_until_it_is_gone(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(2)
        open_many(worker, 2)
        tab = worker.open("ana", network=OFFICE)
        await worker.sync()
        other.open("ana", network=HOME)
        await other.sync()
        worker.close(tab)
        await worker.sync()
        assert await read_people(harness) == (2, 2), "the phone changed its network"

    async def test_a_network_that_is_reported_later_has_the_limit(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(2)
        crowd = Registry(min_crowd=3)
        worker.registry = worker.reports._registry = crowd
        tabs = open_many(worker, 2)
        worker.identify(tabs[0], "7")
        await worker.sync()
        assert await read_counts(harness) == (1, 1, 2)
        for number in range(2):
            worker.open(f"late-{number}", network=OFFICE)
        await worker.sync()
        assert await read_counts(harness) == (1, 2, 4)
        for tab in tabs:
            worker.close(tab)
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await read_people(harness) == (2, 2)

    async def test_a_sign_in_with_the_first_report_of_a_network_counts_once(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(2)
        worker.registry = worker.reports._registry = Registry(min_crowd=2)
        tab = worker.open("ana", network=OFFICE)
        await worker.sync()
        worker.identify(tab, "7")
        open_many(worker, 3)
        await worker.sync()
        assert await read_counts(harness) == (1, 2, 4)
        worker.identify(tab, None)
        await worker.sync()
        assert await read_counts(harness) == (0, 2, 4)
        assert (await read_people(harness))[1] == 2

    async def test_an_unknown_network_has_no_limit(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(2)
        open_many(worker, 4, "")
        await worker.sync()
        assert await read_people(harness) == (4, 0)

    async def test_a_report_of_known_and_unknown_networks_limits_the_known(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(2)
        worker.open("stranger")
        open_many(worker, 3)
        await worker.sync()
        assert await read_people(harness) == (3, 2)

    async def test_the_people_of_a_killed_worker_free_their_network(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(3)
        open_many(worker, 3)
        await worker.sync()
        open_many(other, 2)
        await pass_time(harness, TIMING.lease_ms + TIMING.linger_ms, [other])
        assert await read_people(harness) == (2, 0)

    async def test_the_people_of_a_drained_worker_free_their_network(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(3)
        open_many(worker, 3)
        await worker.sync()
        open_many(other, 2)
        await other.sync()
        while await harness.presence.drain(worker.name, 99, 1_000):
            pass
        assert await read_people(harness) == (3, 3)
        await pass_time(harness, TIMING.linger_ms, [other])
        assert await read_people(harness) == (2, 0)

    async def test_the_limit_survives_the_loss_of_all_data(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(3)
        open_many(worker, 5)
        await worker.sync()
        await harness.lose_data()
        await worker.sync()
        await pass_time(harness, 2 * TIMING.heartbeat_ms, [worker])
        assert await read_people(harness) == (3, 3)

    @pytest.mark.parametrize(("people", "suspects"), [(7, 0), (8, 8), (10, 10), (12, 10)])
    async def test_people_of_a_network_near_the_limit_are_suspects(
        self, worker: SimulatedWorker, harness: Harness, people: int, suspects: int
    ) -> None:
        harness.limit_networks(10)
        open_many(worker, people)
        worker.open("neighbor", network=HOME)
        await worker.sync()
        assert await read_people(harness) == (min(people, 10) + 1, suspects)

    async def test_one_person_alone_is_no_suspect(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(1)
        open_many(worker, 1)
        await worker.sync()
        assert await read_people(harness) == (1, 0)

    async def test_another_limit_has_effect_with_the_next_report(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(3)
        open_many(worker, 5)
        first = await worker.sync()
        harness.limit_networks(4)
        second = await worker.sync()
        assert first.snapshot is not None and second.snapshot is not None
        assert (first.snapshot.people, second.snapshot.people) == (3, 4)
        assert second.snapshot.version > first.snapshot.version

    async def test_a_change_of_the_suspects_alone_makes_a_new_version(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(5)
        open_many(worker, 4)
        first = await worker.sync()
        harness.limit_networks(6)
        second = await worker.sync()
        assert first.snapshot is not None and second.snapshot is not None
        assert (first.snapshot.suspects, second.snapshot.suspects) == (4, 0)
        assert first.snapshot.people == second.snapshot.people
        assert second.snapshot.version > first.snapshot.version
