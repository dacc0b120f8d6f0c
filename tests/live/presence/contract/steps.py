"""The steps that people take from place to place (rule 14)."""

from __future__ import annotations

import pytest

from landing.live.presence.contract import Places, Step
from tests.live.presence.simulation import TIMING, Harness, SimulatedWorker, pass_time

#: Steps are recorded for this time after the last read.
WATCHED_MS = 120_000
#: A bucket is one of six, so steps are kept for 50 to 60 s.
BUCKET_MS = 10_000
#: Pairs of places in a bucket.
MAX_PAIRS = 200


async def read(harness: Harness) -> Places:
    places = await harness.presence.places(100, steps=True)
    assert places is not None and places.steps_since_ms is not None
    return places


async def read_steps(harness: Harness) -> list[Step]:
    return [*(await read(harness)).steps]


class StepsContract:
    async def test_steps_are_counted_from_place_to_place_and_over_the_border_of_the_site(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        ana, ben = worker.open("ana", place="/a"), worker.open("ben", place="/a")
        cleo = worker.open("cleo", "7", place="/Übersicht")
        await worker.sync()
        assert await read_steps(harness) == []
        worker.move(ana, "/b")
        worker.move(ben, "/b")
        worker.move(cleo, "")
        other.open("dan", place="/a=b")
        await worker.sync()
        await other.sync()
        worker.move(ana, "/a")
        worker.close(ben)
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker, other])
        assert await read_steps(harness) == [
            Step("/a", "/b", 2),
            Step(None, "/a=b", 1),
            Step("/b", None, 1),
            Step("/b", "/a", 1),
            Step("/Übersicht", "", 1),
        ]

    async def test_people_elsewhere_are_counted_although_nobody_has_a_place(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        await read(harness)
        ana = worker.open("ana")
        worker.open("ben", "7")
        await worker.sync()
        assert await read_steps(harness) == [Step(None, "", 2)]
        worker.close(ana)
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await read_steps(harness) == [Step(None, "", 2), Step("", None, 1)]

    async def test_without_a_read_nothing_is_recorded(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", place="/a")
        await worker.sync()
        places = await harness.presence.places(100)
        assert places is not None
        assert (places.steps, places.steps_since_ms) == ((), None)
        worker.open("ben", place="/a")
        await worker.sync()
        assert await read_steps(harness) == []

    async def test_the_recording_ends_two_minutes_after_the_last_read(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", place="/a")
        await worker.sync()
        began = (await read(harness)).steps_since_ms
        await pass_time(harness, BUCKET_MS, [worker])
        assert (await read(harness)).steps_since_ms == began
        await pass_time(harness, WATCHED_MS - 2_500, [worker])
        ben = worker.open("ben", place="/b")
        await worker.sync()
        assert await read_steps(harness) == [Step(None, "/b", 1)], "the second read extended it"
        await pass_time(harness, WATCHED_MS, [worker])
        worker.move(ben, "/a")
        await worker.sync()
        again = await read(harness)
        assert again.steps == ()
        assert began is not None and again.steps_since_ms is not None
        assert again.steps_since_ms == began + BUCKET_MS + 2 * WATCHED_MS - 2_500

    async def test_steps_of_the_last_minute_are_returned_with_their_beginning(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        began = (await read(harness)).steps_since_ms
        assert began is not None
        for number in range(7):
            worker.open(f"v{number}", place=f"/{number}")
            await worker.sync()
            places = await read(harness)
            first = max(0, number - 5)
            assert places.steps == tuple(
                Step(None, f"/{each}", 1) for each in range(first, number + 1)
            )
            assert places.steps_since_ms == began + first * BUCKET_MS
            await pass_time(harness, BUCKET_MS, [worker])

    @pytest.mark.parametrize("place", ["/a", "/b", ""])
    async def test_a_sign_in_and_a_sign_out_are_no_arrival_and_no_departure(
        self, worker: SimulatedWorker, harness: Harness, place: str
    ) -> None:
        ana = worker.open("ana", place="/a")
        worker.open("ben", "8", place="/z")
        await worker.sync()
        await read(harness)
        worker.identify(ana, "7")
        worker.move(ana, place)
        await worker.sync()
        there = [] if place == "/a" else [Step("/a", place, 1)]
        assert await read_steps(harness) == there
        worker.identify(ana, None)
        worker.move(ana, "/a")
        await worker.sync()
        back = [] if place == "/a" else [Step(place, "/a", 1)]
        assert await read_steps(harness) == sorted(there + back)

    async def test_a_visitor_who_signs_in_as_a_user_that_is_here_leaves(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        laptop = worker.open("laptop", place="/a")
        other.open("phone", "7", place="/b")
        await worker.sync()
        await other.sync()
        await read(harness)
        worker.identify(laptop, "7")
        await worker.sync()
        assert await read_steps(harness) == [Step("/a", None, 1), Step("/b", "/a", 1)]
        worker.identify(laptop, None)
        await worker.sync()
        assert Step(None, "/a", 1) in await read_steps(harness)

    async def test_a_reload_is_no_step(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        tab = worker.open("ana", place="/a")
        await worker.sync()
        await read(harness)
        worker.close(tab)
        await worker.sync()
        other.open("ana", place="/a")
        await other.sync()
        await pass_time(harness, TIMING.linger_ms, [worker, other])
        assert await read_steps(harness) == []

    async def test_a_person_at_one_place_too_many_goes_elsewhere(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_places(1)
        ana = worker.open("ana", place="/a")
        worker.open("ben", place="/a")
        await worker.sync()
        await read(harness)
        worker.move(ana, "/b")
        await worker.sync()
        assert await read_steps(harness) == [Step("/a", "", 1)]

    async def test_many_pairs_of_places_are_folded_into_elsewhere(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        harness.limit_places(2_000)
        movers = [worker.open(f"m{number}", place="/start") for number in range(10)]
        await worker.sync()
        await read(harness)
        tabs = [worker.open(f"v{n:03}", place=f"/{n:03}") for n in range(MAX_PAIRS + 20)]
        await worker.sync()
        steps = await read_steps(harness)
        assert len(steps) == MAX_PAIRS + 1
        assert steps[0] == Step(None, "", 20)
        worker.move(tabs[0], "")
        for number, mover in enumerate(movers):
            worker.move(mover, f"/m{number}")
        worker.open("again", place="/000")
        await worker.sync()
        steps = await read_steps(harness)
        assert len(steps) == MAX_PAIRS + 2
        assert steps[:3] == [Step(None, "", 20), Step("", "", 11), Step(None, "/000", 2)]
        await pass_time(harness, BUCKET_MS, [worker])
        worker.move(movers[0], "/start")
        await worker.sync()
        assert Step("/m0", "/start", 1) in await read_steps(harness), "a new bucket has room"

    async def test_a_new_epoch_and_places_that_are_off_forget_all_steps(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", place="/a")
        await worker.sync()
        await read(harness)
        worker.open("ben", place="/a")
        await worker.sync()
        assert await read_steps(harness) == [Step(None, "/a", 1)]
        harness.limit_places(0)
        await worker.sync()
        off = await harness.presence.places(10, steps=True)
        assert off is not None and (off.steps, off.steps_since_ms) == ((), None)
        harness.limit_places(10)
        assert await read_steps(harness) == []
        worker.open("cleo", place="/a")
        await worker.sync()
        assert await read_steps(harness) == [Step(None, "/a", 1)]
        await harness.presence.clear()
        await worker.sync()
        await pass_time(harness, TIMING.heartbeat_ms, [worker])
        assert await read_steps(harness) == []
