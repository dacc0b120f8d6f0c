"""The places of a worker: its reads, and their times."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from math import inf

import pytest
from pytest_django import Settings

from landing.live.current_snapshot import CurrentSnapshot, Source
from landing.live.frames import Topic
from landing.live.places.counts import TOP
from landing.live.places.subscribers import Subscribers
from landing.live.places.worker_places import MAX_SHOWN, PAUSE_SECONDS, WorkerPlaces
from landing.live.presence.contract import PlaceCount, Places, PresenceError, Snapshot
from tests.live.worker_harness import Clock, FakeConnection, FlakyPresence

MAX_AGE_SECONDS = 0.25
INTERVAL_SECONDS = 0.5


def snapshot(version: int = 1, epoch: str = "e") -> Snapshot:
    return Snapshot(0, 12, 12, version=version, as_of_ms=1000, epoch=epoch)


class FakePresence(FlakyPresence):
    """A backend with fixed places that records its reads."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.reads: list[tuple[str, ...]] = []
        self.snapshot_of_read = snapshot()
        self.top: tuple[PlaceCount, ...] = (PlaceCount("/", 12),)
        self.is_settling = False
        #: called while a read is in progress
        self.during_read: Callable[[], object] = lambda: None

    async def places(self, limit: int, wanted: Sequence[str] = ()) -> Places | None:
        self.reads.append(tuple(wanted))
        self.during_read()
        if self.is_unavailable:
            raise PresenceError("connection refused")
        if self.is_settling:
            return None
        return Places(self.snapshot_of_read, 0, self.top, tuple(3 for _ in wanted))


class Site:
    """The places of a worker, with their backend, current snapshot, and subscribers."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.current = CurrentSnapshot(5, self.clock)
        self.received: list[Snapshot] = []
        self.presence = FakePresence(self.clock)
        self.subscribers = Subscribers()
        self.places = WorkerPlaces(
            self.presence,
            self.current,
            self.subscribers,
            MAX_AGE_SECONDS,
            lambda: INTERVAL_SECONDS,
            self.clock,
        )
        self.places.receive_snapshot = self._receive

    def _receive(self, epoch: str, snapshot: Snapshot) -> None:
        assert epoch == snapshot.epoch
        self.received.append(snapshot)
        self.current.adopt(snapshot)

    def change(self, version: int, epoch: str = "e") -> None:
        """Let the current snapshot and the backend have this version."""
        self.presence.snapshot_of_read = snapshot(version, epoch)
        self.current.adopt(self.presence.snapshot_of_read)

    def subscribe(self, topic: Topic, place: str = "") -> FakeConnection:
        connection = FakeConnection("ana", place=place)
        connection.set_topics(frozenset({topic}))
        self.subscribers.add(connection)
        return connection

    @property
    def is_due(self) -> bool:
        return self.places.due_at() <= self.clock()

    async def run(self, seconds: float) -> None:
        """Advance the clock, and read whenever a read is due."""
        for _ in range(round(seconds / 0.05)):
            self.clock.seconds += 0.05
            if self.is_due:
                await self.places.refresh()


@pytest.fixture
def site() -> Site:
    return Site()


async def test_before_its_start_a_worker_knows_no_places(site: Site) -> None:
    assert await site.places.fetch() is None


async def test_a_worker_reads_in_its_loop_and_shows_the_snapshot_of_the_read(site: Site) -> None:
    site.places.loop = asyncio.get_running_loop()
    counts = await site.places.fetch()
    assert counts is not None
    assert site.received == [counts.snapshot]
    assert await site.places.fetch() is counts
    assert site.places.latest() is site.places.newest is counts


async def test_a_worker_reads_again_once_it_knows_a_newer_snapshot(site: Site) -> None:
    site.places.loop = asyncio.get_running_loop()
    counts = await site.places.fetch()
    assert counts is not None
    site.current.adopt(snapshot(counts.snapshot.version + 1, counts.snapshot.epoch))
    assert site.places.known() is None
    await site.places.fetch()
    assert len(site.received) == 2


async def test_nothing_is_read_while_no_connection_shows_places(site: Site) -> None:
    site.subscribe(Topic.HERE)  # elsewhere
    for version in range(1, 20):
        site.change(version)
        site.places.wake()
        await site.run(INTERVAL_SECONDS)
    assert site.presence.reads == []
    assert not site.places.changed.is_set()


@pytest.mark.parametrize(("topic", "place"), [(Topic.PLACES, ""), (Topic.HERE, "/pricing")])
async def test_while_nothing_changes_nothing_is_read_again(
    site: Site, topic: Topic, place: str
) -> None:
    site.change(1)
    site.subscribe(topic, place)
    await site.run(30)
    assert len(site.presence.reads) == 1


async def test_many_changes_cost_one_read_per_interval(site: Site) -> None:
    site.subscribe(Topic.PLACES)
    for version in range(1, 101):
        site.change(version)
        await site.run(0.05)
    assert 10 <= len(site.presence.reads) <= 11, "100 changes in 5 s"
    await site.run(INTERVAL_SECONDS)
    assert site.places.newest is not None
    assert site.places.newest.snapshot.version == 100, "the last change is read, too"


async def test_after_the_last_reader_has_left_nothing_is_read(site: Site) -> None:
    site.change(1)
    connection = site.subscribe(Topic.HERE, "/pricing")
    await site.run(1)
    site.subscribers.discard(connection)
    site.change(2)
    await site.run(5)
    assert len(site.presence.reads) == 1
    site.subscribe(Topic.PLACES)
    assert site.is_due, "the numbers are outdated"


async def test_a_change_during_a_read_causes_another_one(site: Site) -> None:
    site.change(1)
    site.subscribe(Topic.PLACES)
    site.presence.during_read = lambda: site.current.adopt(snapshot(2))
    await site.run(INTERVAL_SECONDS)
    site.presence.during_read = lambda: None
    site.change(2)
    await site.run(5)
    assert len(site.presence.reads) == 2


async def test_a_place_that_the_last_read_did_not_contain_causes_a_read(site: Site) -> None:
    site.presence.top = tuple(PlaceCount(f"/{number}", 9) for number in range(TOP))
    site.change(1)
    site.subscribe(Topic.PLACES)
    await site.run(1)
    site.subscribe(Topic.HERE, "/rare")
    site.places.note_unknown()
    assert site.places.changed.is_set()
    await site.run(5)
    assert site.presence.reads == [(), ("/rare",)]


async def test_a_read_asks_for_the_places_that_connections_show(site: Site) -> None:
    site.change(1)
    for place in ("/pricing", "/", "/pricing", ""):
        site.subscribe(Topic.HERE, place)
    await site.run(1)
    assert site.presence.reads == [("/pricing", "/")]


async def test_of_very_many_places_each_read_asks_for_the_next(site: Site) -> None:
    for number in range(MAX_SHOWN + 500):
        site.subscribe(Topic.HERE, f"/{number}")
    for version in (1, 2, 3):
        site.change(version)
        await site.run(INTERVAL_SECONDS)
    assert {len(wanted) for wanted in site.presence.reads} == {MAX_SHOWN}
    assert len({place for wanted in site.presence.reads[:2] for place in wanted}) == MAX_SHOWN + 500


async def test_a_request_whose_read_fails_leaves_the_numbers_outdated(site: Site) -> None:
    site.places.loop = asyncio.get_running_loop()
    site.change(1)
    site.subscribe(Topic.PLACES)
    await site.run(1)
    site.presence.is_unavailable = True
    site.clock.seconds += 1
    stale = await site.places.fetch()
    assert stale is not None and stale.source is Source.STALE
    site.presence.is_unavailable = False
    assert site.is_due
    await site.run(1)
    assert not site.is_due


async def test_while_the_backend_fails_reads_pause(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.change(1)
    site.subscribe(Topic.PLACES)
    site.presence.is_unavailable = True
    await site.run(4.9)
    assert 4 <= len(site.presence.reads) <= 1 + 4.9 / PAUSE_SECONDS
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    site.presence.is_unavailable = False
    await site.run(1.1)
    assert site.places.newest is not None and not site.is_due
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


async def test_stale_counts_are_not_read_until_they_are_live_again(site: Site) -> None:
    site.change(1)
    site.subscribe(Topic.PLACES)
    site.clock.seconds += 10
    assert site.places.due_at() == inf
    site.change(2)
    assert site.is_due


async def test_while_the_epoch_settles_reads_pause(site: Site) -> None:
    site.change(1)
    site.subscribe(Topic.PLACES)
    await site.run(1)
    site.change(2)
    site.presence.is_settling = True
    await site.run(3)
    assert len(site.presence.reads) <= 5
    assert site.places.newest is not None and site.places.newest.source is Source.LIVE


async def test_the_loss_of_the_data_is_a_change(site: Site) -> None:
    site.change(7)
    site.subscribe(Topic.PLACES)
    await site.run(1)
    site.change(1, "f")
    await site.run(1)
    assert site.places.newest is not None and site.places.newest.snapshot.epoch == "f"


async def test_a_page_that_is_rendered_in_the_loop_gets_the_last_counts_and_plans_a_read(
    site: Site,
) -> None:
    site.change(1)
    assert site.places.latest() is None
    assert site.places.changed.is_set() and site.is_due
    await site.places.refresh()
    assert site.places.latest() is site.places.newest is not None
    assert not site.is_due


async def test_without_places_everybody_is_elsewhere_and_nothing_is_read(
    site: Site, settings: Settings
) -> None:
    settings.LANDING_MAX_PLACES = 0
    site.change(1)
    site.subscribe(Topic.PLACES)
    site.subscribe(Topic.HERE, "/pricing")
    await site.run(1)
    counts = site.places.newest
    assert counts is not None
    assert (counts.elsewhere, counts.top, counts.people_at("/pricing")) == (12, (), 0)
    assert site.presence.reads == []
    assert len(counts.top) < TOP
