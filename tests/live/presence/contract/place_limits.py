"""The limit of places, and the limit of people per network at places (rule 13)."""

from __future__ import annotations

import pytest

from tests.live.presence.contract.networks import OFFICE
from tests.live.presence.contract.places import ELSEWHERE, read_places
from tests.live.presence.simulation import TIMING, Harness, SimulatedWorker, pass_time


class PlaceLimitsContract:
    async def test_people_at_more_places_than_the_limit_are_elsewhere(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_places(2)
        tabs = [worker.open(f"v{number}", place=f"/{number}") for number in range(4)]
        user = worker.open("user", "7", place="/user")
        worker.open("more", place="/0")
        assert (await worker.sync()).folded == 3
        assert await read_places(harness) == {"/0": 2, "/1": 1, ELSEWHERE: 3}
        assert (await worker.sync()).folded == 0
        worker.move(tabs[1], "")
        worker.move(tabs[3], "/later")
        assert (await worker.sync()).folded == 0, "the place became free in the same step"
        assert await read_places(harness) == {"/0": 2, "/later": 1, ELSEWHERE: 3}
        worker.move(user, "/0")
        await worker.sync()
        assert await read_places(harness) == {"/0": 3, "/later": 1, ELSEWHERE: 2}

    async def test_a_person_elsewhere_comes_to_a_free_place_with_the_next_report(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_places(1)
        first = worker.open("ana", place="/a")
        second = worker.open("ben", place="/b")
        await worker.sync()
        worker.close(first)
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await read_places(harness) == {ELSEWHERE: 1}
        worker.reports.mark_dirty(second.keys())
        assert (await worker.sync()).folded == 0
        assert await read_places(harness) == {"/b": 1}

    async def test_a_person_who_moves_beyond_the_limit_leaves_the_place_before(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_places(1)
        ana = worker.open("ana", place="/a")
        worker.open("ben", place="/a")
        await worker.sync()
        worker.move(ana, "/b")
        assert (await worker.sync()).folded == 1
        assert await read_places(harness) == {"/a": 1, ELSEWHERE: 1}

    async def test_a_sign_out_at_a_place_beyond_the_limit_leaves_the_visitor_elsewhere(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_places(1)
        other.open("ben", place="/b")
        await other.sync()
        ana = worker.open("ana", "7", place="/a")
        assert (await worker.sync()).folded == 1, "the visitor does not count beside the user"
        assert await read_places(harness) == {"/b": 1, ELSEWHERE: 1}
        worker.identify(ana, None)
        assert (await worker.sync()).folded == 1
        assert await read_places(harness) == {"/b": 1, ELSEWHERE: 1}

    async def test_a_limit_of_zero_turns_places_off(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        ana = worker.open("ana", place="/a")
        await worker.sync()
        harness.limit_places(0)
        worker.open("ben", place="/b")
        assert (await worker.sync()).folded == 0
        assert await read_places(harness) == {ELSEWHERE: 2}
        harness.limit_places(5)
        worker.move(ana, "/c")
        await worker.sync()
        assert await read_places(harness) == {"/c": 1, ELSEWHERE: 1}

    async def test_people_over_the_limit_of_their_network_are_at_no_place(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(2)
        tabs = []
        for number in range(4):
            tabs.append(worker.open(f"v{number}", network=OFFICE, place="/a"))
            await worker.sync()
        assert await read_places(harness) == {"/a": 2}
        worker.move(tabs[0], "/b")
        worker.move(tabs[3], "/b")
        await worker.sync()
        assert await read_places(harness) == {"/a": 1, "/b": 1}
        worker.close(tabs[1])
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await read_places(harness) == {"/b": 1, ELSEWHERE: 1}
        worker.close(tabs[2])
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker])
        worker.move(tabs[3], "/c")
        await worker.sync()
        assert await read_places(harness) == {"/b": 1, "/c": 1}

    async def test_a_crowd_that_comes_in_one_report_is_elsewhere(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(2)
        for number in range(4):
            worker.open(f"v{number}", network=OFFICE, place="/a")
        worker.open("neighbor", place="/a")
        await worker.sync()
        assert await read_places(harness) == {"/a": 1, ELSEWHERE: 2}

    @pytest.mark.parametrize("place", ["/a", ""])
    async def test_a_sign_out_into_a_full_network_leaves_the_visitor_elsewhere(
        self, worker: SimulatedWorker, harness: Harness, place: str
    ) -> None:
        harness.limit_networks(1)
        employee = worker.open("employee", "7", network=OFFICE, place="/a")
        worker.open("ana", network=OFFICE, place=place)
        await worker.sync()
        assert (await read_places(harness)).get("/a") == (2 if place else 1)
        worker.identify(employee, None)
        await worker.sync()
        assert await read_places(harness) == ({"/a": 1} if place else {ELSEWHERE: 1})

    async def test_a_network_that_is_reported_later_takes_the_places_of_its_crowd(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(2)
        tabs = [worker.open(f"v{number}", place="/a") for number in range(3)]
        await worker.sync()
        assert await read_places(harness) == {"/a": 3}
        for number in range(3):
            other.open(f"v{number}", network=OFFICE, place="/a")
        await other.sync()
        assert await read_places(harness) == {ELSEWHERE: 2}
        worker.move(tabs[0], "/b")
        await worker.sync()
        assert await read_places(harness) == {ELSEWHERE: 2}

    async def test_a_lower_limit_per_network_makes_everybody_report_a_place_again(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_networks(3)
        tabs = []
        for number in range(3):
            tabs.append(worker.open(f"v{number}", network=OFFICE, place="/a"))
        worker.open("ana", place="/a")
        await worker.sync()
        assert await read_places(harness) == {"/a": 4}
        harness.limit_networks(2)
        await worker.sync()
        assert await read_places(harness) == {ELSEWHERE: 3}
        harness.limit_networks(4)
        worker.move(tabs[0], "/b")
        await worker.sync()
        assert await read_places(harness) == {"/b": 1, ELSEWHERE: 3}
