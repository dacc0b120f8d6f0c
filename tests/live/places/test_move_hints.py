"""Moves between places on several workers, which make no new version."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from landing.live.frames import Topic
from landing.live.places.move_hints import MoveHints
from landing.live.presence.contract import Answer, Change, Grant, Lease, Report
from tests.live.places.test_worker_places import Site
from tests.live.presence.simulation import TIMING, visitor_key
from tests.live.worker_harness import FakeConnection, WorkerHarness

INTERVAL = TIMING.interval_ms / 1000
MOVE = Change(visitor_key("ana"), True, "", "/pricing")
ARRIVAL = Change(visitor_key("ana"), True)


class Workers:
    """Workers with one backend that deliver each other's messages."""

    def __init__(self, count: int) -> None:
        first = WorkerHarness()
        others = (
            WorkerHarness(presence=first.presence, clock=first.clock) for _ in range(count - 1)
        )
        self.all = [first, *others]
        self.messages = 0

    async def advance(self, seconds: float) -> None:
        """Advance the clock of all, and deliver their messages."""
        for _ in range(round(seconds / 0.05)):
            self.all[0].clock.seconds += 0.05
            for each in self.all:
                await each.run_due_steps()
                self._deliver(each.channel_layer.sent)

    def _deliver(self, sent: list[dict[str, Any]]) -> None:
        for message in sent:
            self.messages += 1
            for receiver in self.all:
                receiver.worker.parts.group.dispatch(message)
        sent.clear()


def newest(connection: FakeConnection) -> list[tuple[str, int]]:
    frame = [frame for frame in connection.frames if frame["type"] == "places"][-1]
    return [(row["place"], row["people"]) for row in frame["places"]]


async def test_a_move_on_one_worker_reaches_the_readers_of_another() -> None:
    workers = Workers(2)
    one, two = workers.all
    visitors = [await one.connect(f"v{number}", place="/") for number in range(9)]
    reader = FakeConnection("reader")
    reader.set_topics(frozenset({Topic.PLACES}))
    await two.worker.connect(reader)
    await workers.advance(3)
    assert newest(reader) == [("/", 9)]
    workers.messages = 0
    for visitor in visitors[:5]:
        one.worker.set_place(visitor, "/pricing")
    await workers.advance(2)
    assert newest(reader) == [("/pricing", 5), ("/", 4)]
    assert workers.messages == 1
    await workers.advance(60)
    assert workers.messages == 1, "nothing has moved"


async def test_people_who_move_all_the_time_cost_one_message_per_interval() -> None:
    workers = Workers(4)
    people = [
        (worker, await worker.connect(f"{number} of {index}", place="/"))
        for index, worker in enumerate(workers.all)
        for number in range(3)
    ]
    await workers.advance(3)
    workers.messages = 0
    seconds = 10
    for step in range(round(seconds / 0.1)):
        for worker, person in people:
            worker.worker.set_place(person, f"/{step % 5}")
        await workers.advance(0.1)
    assert workers.messages <= seconds / INTERVAL + 4


class Hinted(Site):
    """The hints of one worker, with a record of what it publishes."""

    def __init__(self) -> None:
        super().__init__()
        self.published_at: list[float] = []
        self.hints = MoveHints(self.places, self._publish, INTERVAL, self.clock)

    async def _publish(self) -> None:
        self.published_at.append(self.clock())

    def answer(self, *changes: Change, workers: int = 2, publish: bool = False) -> None:
        report = Report("w", 1, 0, changes=changes)
        self.hints.receive_answer(
            report, Answer(None, Lease(workers=workers), Grant(publish=publish))
        )


@pytest.fixture
def hinted() -> Hinted:
    return Hinted()


def test_a_site_without_places_publishes_no_hint(hinted: Hinted) -> None:
    hinted.answer(ARRIVAL)
    assert hinted.hints.due_at() == inf


@pytest.mark.parametrize("answer", [{"workers": 1}, {"publish": True}])
def test_a_hint_that_nobody_needs_is_not_published(hinted: Hinted, answer: Any) -> None:
    hinted.answer(MOVE, **answer)
    assert hinted.hints.due_at() == inf


def test_a_heartbeat_publishes_no_hint(hinted: Hinted) -> None:
    hinted.answer(MOVE, workers=1)
    hinted.answer()
    assert hinted.hints.due_at() == inf


async def test_the_interval_is_shared_by_all_workers_and_the_last_move_is_published(
    hinted: Hinted,
) -> None:
    for _ in range(200):
        hinted.answer(MOVE, workers=8)
        hinted.clock.seconds += 0.05
        if hinted.hints.due_at() <= hinted.clock():
            await hinted.hints.publish()
    assert len(hinted.published_at) <= 10 / (8 * INTERVAL) + 1
    assert hinted.hints.due_at() < inf


def test_after_a_move_to_elsewhere_a_hint_is_published_too(hinted: Hinted) -> None:
    hinted.answer(MOVE, publish=True)
    hinted.answer(ARRIVAL)
    assert hinted.hints.due_at() < inf
