"""Reads of the places: how many, and what they return while the backend fails."""

from __future__ import annotations

from collections.abc import Sequence

from landing.live.current_snapshot import Source
from landing.live.places.counts import TOP
from landing.live.places.reader import MAX_WANTED, PlaceReader
from landing.live.presence.contract import PlaceCount, Places, PresenceError, Snapshot
from tests.live.worker_harness import Clock

MAX_AGE_SECONDS = 0.25


def snapshot(version: int = 1, epoch: str = "e") -> Snapshot:
    return Snapshot(0, 12, 12, version=version, as_of_ms=1000, epoch=epoch)


class FakeReader(PlaceReader):
    """A reader of fixed places that records its reads."""

    def __init__(self, top: Sequence[PlaceCount] = (PlaceCount("/", 12),)) -> None:
        self.clock = Clock()
        super().__init__(MAX_AGE_SECONDS, self.clock)
        self.top = tuple(top)
        self.reads: list[Sequence[str]] = []
        self.is_unavailable = self.is_settling = False

    def _read(self, limit: int, wanted: Sequence[str]) -> Places | None:
        self.reads.append(wanted)
        if self.is_unavailable:
            raise PresenceError("connection refused")
        if self.is_settling:
            return None
        return Places(snapshot(), 0, self.top, tuple(3 for _ in wanted))


def full_top() -> list[PlaceCount]:
    return [PlaceCount(f"/{number}", 9) for number in range(TOP)]


def test_one_read_serves_everybody_for_one_interval() -> None:
    reader = FakeReader()
    assert reader.known() is None
    first = reader.get()
    assert reader.get("/") is reader.get("/unknown") is reader.known() is first
    assert len(reader.reads) == 1
    reader.clock.seconds += MAX_AGE_SECONDS
    assert reader.known() is None
    reader.get()
    assert len(reader.reads) == 2


def test_a_place_without_people_has_nobody_without_a_read_of_its_own() -> None:
    counts = FakeReader().get("/unknown")
    assert counts is not None
    assert (counts.people_at("/"), counts.people_at("/unknown")) == (12, 0)


def test_a_place_outside_the_top_is_asked_for_and_then_part_of_each_read() -> None:
    reader = FakeReader(full_top())
    counts = reader.get("/rare")
    assert counts is not None and counts.people_at("/rare") == 3
    reader.clock.seconds += MAX_AGE_SECONDS
    reader.get("/rare")
    assert reader.reads == [(), ("/rare",), ("/rare",)]


def test_each_other_place_outside_the_top_costs_one_read() -> None:
    reader = FakeReader(full_top())
    reader.get("/rare")
    reader.get("/rarer")
    assert reader.reads == [(), ("/rare",), ("/rare", "/rarer")]


def test_invented_places_do_not_add_up_in_memory_or_in_a_read() -> None:
    reader = FakeReader(full_top())
    for number in range(2 * MAX_WANTED):
        reader.get(f"/invented/{number}")
    assert max(map(len, reader.reads)) == MAX_WANTED


def test_while_the_backend_fails_the_last_places_are_stale() -> None:
    reader = FakeReader()
    reader.is_unavailable = True
    assert reader.get() is None
    reader.is_unavailable = False
    reader.clock.seconds += 2
    live = reader.get()
    assert live is not None and live.source is Source.LIVE
    reader.is_unavailable = True
    reader.clock.seconds += 1
    stale = reader.get("/")
    assert stale is not None and (stale.source, stale.people_at("/")) == (Source.STALE, 12)


def test_while_the_epoch_settles_the_last_places_are_stale() -> None:
    reader = FakeReader()
    reader.is_settling = True
    assert reader.get() is None
    reader.is_settling = False
    reader.get()
    reader.is_settling = True
    reader.clock.seconds += 1
    stale = reader.get()
    assert stale is not None and stale.source is Source.STALE


def test_a_hidden_number_appears_only_above_the_minimum_and_stays_down_to_it() -> None:
    reader = FakeReader()
    visible = []
    for people in (3, 4, 3, 2, 3, 4):
        reader.top = (PlaceCount("/", people),)
        reader.clock.seconds += MAX_AGE_SECONDS
        counts = reader.get()
        assert counts is not None
        visible.append("/" in counts.large)
    assert visible == [False, True, True, False, False, True]


def test_stale_places_keep_their_visible_numbers() -> None:
    reader = FakeReader()
    reader.get()
    reader.is_unavailable = True
    reader.clock.seconds += 1
    stale = reader.get()
    assert stale is not None and stale.large == {"/"}
