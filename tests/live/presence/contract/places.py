"""People per place (rule 13)."""

from __future__ import annotations

import pytest

from landing.live.presence.contract import MAX_CHANGES, MAX_REMOVALS, Places
from tests.live.presence.simulation import TIMING, Harness, SimulatedWorker, pass_time

ELSEWHERE = "elsewhere"


def by_place(places: Places) -> dict[str, int]:
    """Return the people by place, after a check that they add up."""
    assert places.elsewhere >= 0
    found = dict(places.top)
    assert sum(found.values()) + places.elsewhere == places.snapshot.people
    return found | ({ELSEWHERE: places.elsewhere} if places.elsewhere else {})


async def read_places(harness: Harness) -> dict[str, int]:
    places = await harness.presence.places(100)
    assert places is not None
    return by_place(places)


class PlacesContract:
    async def test_all_places_and_the_people_elsewhere_add_up(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", place="/pricing")
        other.open("ben", place="/pricing")
        other.open("cleo", "7", place="/Übersicht")
        other.open("dan")
        await worker.sync()
        await other.sync()
        assert await read_places(harness) == {"/pricing": 2, "/Übersicht": 1, ELSEWHERE: 1}

    async def test_the_places_with_the_most_people_come_first_and_then_the_names(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        for number, place in enumerate(["/b", "/c", "/c", "/a", "/ä"]):
            worker.open(f"v{number}", place=place)
        await worker.sync()
        places = await harness.presence.places(3, ["/ä", "/none", "/c"])
        assert places is not None
        assert places.top == (("/c", 2), ("/a", 1), ("/b", 1))
        assert places.wanted == (1, 0, 2)
        assert places.elsewhere == 0
        assert places.snapshot == await harness.presence.snapshot()
        nothing = await harness.presence.places(0)
        assert nothing is not None and (nothing.top, nothing.wanted) == ((), ())

    async def test_without_places_everybody_is_elsewhere(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        worker.open("ben", "7")
        await worker.sync()
        places = await harness.presence.places(100, ["/"])
        assert places is not None
        assert (places.elsewhere, places.top, places.wanted) == (2, (), (0,))

    async def test_a_visitor_on_two_workers_is_at_the_place_that_was_reported_last(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        first, second = worker.open("ana", place="/a"), other.open("ana", place="/b")
        await worker.sync()
        assert await read_places(harness) == {"/a": 1}
        await other.sync()
        assert await read_places(harness) == {"/b": 1}
        worker.move(first, "/c")
        await worker.sync()
        assert await read_places(harness) == {"/c": 1}
        worker.close(first)
        await worker.sync()
        assert await read_places(harness) == {"/c": 1}, "an absent key keeps its place"
        other.move(second, "")
        await other.sync()
        assert await read_places(harness) == {ELSEWHERE: 1}

    async def test_a_move_makes_a_new_version_that_every_worker_receives(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        ana = worker.open("ana", place="/a")
        await other.sync()
        before = (await worker.sync()).snapshot
        harness.advance(TIMING.interval_ms)
        worker.move(ana, "/b")
        after = await worker.sync()
        assert before is not None and after.snapshot is not None
        assert after.snapshot.version > before.version
        assert after.grant.publish
        assert await read_places(harness) == {"/b": 1}

    async def test_two_people_who_change_places_make_no_new_version(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        ana, ben = worker.open("ana", place="/a"), worker.open("ben", place="/b")
        before = (await worker.sync()).snapshot
        worker.move(ana, "/b")
        worker.move(ben, "/a")
        after = (await worker.sync()).snapshot
        assert before is not None and after is not None
        assert after.version == before.version

    async def test_a_user_on_two_devices_is_at_one_place(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("phone", "7", place="/a")
        laptop = other.open("laptop", "7", place="/b")
        await worker.sync()
        await other.sync()
        assert await read_places(harness) == {"/b": 1}
        other.identify(laptop, None)
        await other.sync()
        assert await read_places(harness) == {"/b": 2}, "the user keeps the place reported last"

    async def test_a_sign_in_and_a_sign_out_move_nobody(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        ana = worker.open("ana", place="/a")
        await worker.sync()
        for user in ("7", None, "8"):
            worker.identify(ana, user)
            answer = await worker.sync()
            assert answer.snapshot is not None and answer.snapshot.people == 1
            assert await read_places(harness) == {"/a": 1}

    async def test_a_visitor_who_moves_while_signed_in_is_there_after_the_sign_out(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        ana = worker.open("ana", "7", place="/a")
        await worker.sync()
        worker.move(ana, "/b")
        await worker.sync()
        worker.identify(ana, None)
        await worker.sync()
        assert await read_places(harness) == {"/b": 1}

    async def test_the_place_lives_through_the_grace_period_and_ends_with_it(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        tabs = [worker.open("ana", place="/a"), worker.open("ben", "7", place="/b")]
        await worker.sync()
        for tab in tabs:
            worker.close(tab)
        await worker.sync()
        harness.advance(TIMING.linger_ms - 1)
        assert await read_places(harness) == {"/a": 1, "/b": 1}
        harness.advance(1)
        assert await read_places(harness) == {}
        worker.reports.places.clear()
        worker.open("ana")
        worker.open("ben", "7")
        await worker.sync()
        assert await read_places(harness) == {ELSEWHERE: 2}, "nothing is left of the earlier visit"

    async def test_a_person_who_returns_in_the_grace_period_moves_to_the_new_place(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        tab = worker.open("ana", place="/a")
        await worker.sync()
        worker.close(tab)
        await worker.sync()
        again = other.open("ana", place="/b")
        await other.sync()
        assert await read_places(harness) == {"/b": 1}
        other.close(again)
        await other.sync()
        await pass_time(harness, TIMING.linger_ms, [worker, other])
        assert await read_places(harness) == {}

    async def test_a_key_that_ended_leaves_its_place_at_once(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        ana = worker.open("ana", place="/a")
        await worker.sync()
        worker.identify(ana, None, is_left_out=True)
        await worker.sync()
        assert await read_places(harness) == {}

    async def test_a_repeated_report_moves_nobody(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        ana = worker.open("ana", place="/a")
        await worker.sync_once(answered=False)
        late = worker.sent[-1]
        worker.move(ana, "/b")
        await worker.sync()
        await harness.presence.sync(late)
        assert await read_places(harness) == {"/b": 1}

    @pytest.mark.parametrize("user", [None, "7"])
    async def test_a_mark_that_ends_before_its_visitor_leaves_the_visitor_at_its_place(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness, user: str | None
    ) -> None:
        worker.open("ana", "7", place="/a")
        await worker.sync()
        await other.sync()
        await harness.presence.drain(worker.name, worker.reports.seq + 1, 9_000)
        other.open("ana", user, place="/b")
        await other.sync()
        expected = {"/b": 1} if user else {"/a": 1}
        assert await read_places(harness) == expected
        await pass_time(harness, 10_000, [other])
        assert await read_places(harness) == {"/b": 1}

    async def test_the_people_of_a_drained_worker_keep_their_places_in_every_step(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        people = MAX_REMOVALS + 5
        for number in range(people):
            worker.open(f"v{number}", "7" if number == 1 else None, place="/a")
        await worker.sync()
        while await harness.presence.drain(worker.name, 99, 9_000):
            assert await read_places(harness) == {"/a": people}
        await pass_time(harness, 7_500, [other])
        assert await read_places(harness) == {"/a": people}
        harness.advance(2_500)
        while (await other.sync_once()).lease.more:
            await read_places(harness)
        assert await read_places(harness) == {}

    async def test_the_people_of_a_dead_worker_leave_their_places_in_every_step(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_REMOVALS * 2 + 1):
            user = f"u{number % 7}" if number % 2 else None
            worker.open(f"v{number}", user, place=f"/{number % 3}")
        other.open("ana", place="/a")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms - 2_500, [other])
        harness.advance(2_500)
        steps = 0
        while (await other.sync_once()).lease.more:
            steps += 1
            await read_places(harness)
        assert steps >= 1
        assert await read_places(harness) == {"/a": 1}

    async def test_a_pause_moves_nobody(self, worker: SimulatedWorker, harness: Harness) -> None:
        worker.close(worker.open("ben", place="/b"))
        worker.open("ana", place="/a")
        await worker.sync()
        harness.advance(60_000)
        assert await read_places(harness) == {"/a": 1}
        await worker.sync()
        assert await read_places(harness) == {"/a": 1}

    async def test_places_are_unknown_while_the_snapshot_waits_for_a_resync(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_CHANGES + 10):
            worker.open(f"v{number}", place="/a")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        while (await other.sync_once()).lease.more:
            pass
        assert await read_places(harness) == {}
        await worker.sync_once()
        await worker.sync_once()
        assert await harness.presence.places(100) is None
        await worker.sync()
        assert await read_places(harness) == {"/a": MAX_CHANGES + 10}

    async def test_places_stay_unknown_if_all_workers_stop_during_a_resync(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_CHANGES + 10):
            worker.open(f"v{number}", place="/a")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        await worker.sync_once()
        harness.advance(60_000)
        assert await harness.presence.places(100) is None
        await other.sync()
        assert await read_places(harness) == {"/a": MAX_CHANGES}

    @pytest.mark.parametrize("is_cleared", [False, True])
    async def test_a_new_epoch_begins_without_places(
        self, worker: SimulatedWorker, harness: Harness, is_cleared: bool
    ) -> None:
        worker.open("ana", place="/a")
        await worker.sync()
        await (harness.presence.clear() if is_cleared else harness.lose_data())
        await worker.sync_once()
        assert await harness.presence.places(100) is None
        await worker.sync()
        await pass_time(harness, TIMING.heartbeat_ms, [worker])
        assert await read_places(harness) == {"/a": 1}
