"""The content of a map frame adds up, and fits."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landing.live.current_snapshot import Source
from landing.live.map import content
from landing.live.map.content import MapCounts, Movements, area_of
from landing.live.presence.contract import PlaceCount, Places, Snapshot, Step

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)
STEPS = (
    Step(None, "/", 5),
    Step("/", "/pricing", 3),
    Step("/pricing", None, 2),
    Step("/blog/a", "", 1),
    Step("", "", 1),
)


def counts(
    *top: tuple[str, int], elsewhere: int = 0, others: int = 0, steps: Any = None
) -> MapCounts:
    """Return counts with these places, and ``others`` at places beyond the list."""
    people = sum(each for _, each in top) + elsewhere + others
    snapshot = Snapshot(0, people, people, version=7, as_of_ms=1_769_860_800_123, epoch="e1")
    movements = None if steps is None else Movements(tuple(steps), 60)
    places = tuple(PlaceCount(*each) for each in top)
    return MapCounts(snapshot, elsewhere, places, movements=movements)


def sums(built: dict[str, Any]) -> tuple[int, int]:
    """Return the people of all places, and those of all areas."""
    places = sum(each["people"] for each in built["places"])
    areas = sum(each["people"] for each in built["areas"])
    return (
        places + built["other"] + built["elsewhere"],
        areas + built["other_areas"] + built["elsewhere"],
    )


def test_a_frame_has_the_places_the_areas_and_the_steps() -> None:
    top = [("/", 5), ("/blog/a", 3), ("/blog/b", 2), ("article:42", 1)]

    built = content.build(counts(*top, elsewhere=4, others=6, steps=STEPS))

    assert built["people"] == 21
    assert built["places"][0] == {"place": "/", "people": 5, "arrivals": 5, "departures": 3}
    assert [each["place"] for each in built["places"]] == [place for place, _ in top]
    assert built["areas"] == [
        {"area": "/", "people": 5},
        {"area": "/blog", "people": 5},
        {"area": "article:", "people": 1},
    ]
    assert (built["other"], built["other_areas"], built["elsewhere"]) == (6, 6, 4)
    assert built["steps"] == [
        {"from": "/", "to": "/pricing", "people": 3},
        {"from": "/blog/a", "to": "", "people": 1},
    ]
    assert (built["arrivals"], built["departures"], built["seconds"]) == (5, 2, 60)
    assert (built["source"], built["epoch"], built["version"]) == ("live", "e1", 7)
    assert built["timestamp"] == "2026-01-31T12:00:00.123Z"


def test_without_recorded_steps_the_movements_are_unknown_and_not_zero() -> None:
    built = content.build(counts(("/", 2)))

    assert built["places"] == [{"place": "/", "people": 2, "arrivals": None, "departures": None}]
    assert [built[name] for name in ("arrivals", "departures", "steps", "seconds")] == [None] * 4


@pytest.mark.parametrize(("read", "seconds"), [(3_000, 57), (70_000, 0), (-90_000, 60)])
def test_the_steps_cover_the_time_since_their_recording_began(read: int, seconds: int) -> None:
    snapshot = Snapshot(0, 1, 1, version=1, as_of_ms=60_000)
    places = Places(snapshot, 1, steps=STEPS, steps_since_ms=read)

    assert MapCounts.of(places).movements == Movements(STEPS, seconds)


def test_places_without_recorded_steps_have_no_movements() -> None:
    snapshot = Snapshot(0, 1, 1, version=1, as_of_ms=60_000)

    assert MapCounts.of(Places(snapshot, 1)).movements is None


def test_stale_counts_keep_the_places_and_have_no_steps() -> None:
    built = content.build(counts(("/", 2), elsewhere=1, steps=STEPS).as_stale())

    assert (built["source"], built["people"], built["steps"]) == (Source.STALE, 3, None)
    assert sums(built) == (3, 3)


@pytest.mark.parametrize(
    ("place", "area"),
    [
        ("/", "/"),
        ("/blog", "/blog"),
        ("/blog/a/b", "/blog"),
        ("/café/x", "/café"),
        ("article:42", "article:"),
        ("lobby", "lobby"),
    ],
)
def test_an_area_is_the_first_segment_of_a_path_or_the_type_of_a_name(
    place: str, area: str
) -> None:
    assert area_of(place) == area


@given(
    places=st.dictionaries(NAMES, st.integers(1, 10**9), max_size=100),
    elsewhere=st.integers(0, 10**6),
    others=st.integers(0, 10**6),
    steps=st.lists(st.builds(Step, NAMES, NAMES, st.integers(1, 10**6)), max_size=40),
)
def test_every_frame_adds_up_and_fits(
    places: dict[str, int], elsewhere: int, others: int, steps: list[Step]
) -> None:
    top = sorted(places.items(), key=lambda each: -each[1])

    built = content.build(counts(*top, elsewhere=elsewhere, others=others, steps=steps))

    text = content.dump(built)
    assert len(text.encode()) <= content.MAX_BYTES
    assert json.loads(text)["type"] == "map"
    assert sums(built) == (built["people"], built["people"])
    assert min(built["other"], built["other_areas"]) >= 0


def test_the_longest_names_leave_room_for_some_rows_of_each_list() -> None:
    names = [f"/{index:02}{'é' * 98}" for index in range(100)]
    steps = [Step(one, other, 9) for one, other in pairwise(names)]

    built = content.build(counts(*((name, 10**6) for name in names), steps=steps))

    assert len(content.dump(built).encode()) <= content.MAX_BYTES
    assert [len(built[each]) for each in ("places", "areas", "steps")] == [9, 3, 2]
    assert sums(built) == (10**8, 10**8)
