"""The numbers that the public may read, for a reader who knows the rules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from landing.live.places.counts import TOP, PlaceCounts
from landing.live.places.privacy import ReadablePlaces, public_people_at
from landing.live.presence.contract import PlaceCount, Places, Snapshot

LEAST = 3
PEOPLE = st.dictionaries(st.text("/abc", min_size=1, max_size=4), st.integers(1, 6), max_size=8)


def counts_of(people_by_place: dict[str, int], elsewhere: int = 0) -> PlaceCounts:
    ranked = sorted(people_by_place.items(), key=lambda item: (-item[1], item[0]))
    people = elsewhere + sum(people_by_place.values())
    snapshot = Snapshot(0, people, people, version=1, as_of_ms=1)
    top = tuple(PlaceCount(*item) for item in ranked[:TOP])
    return PlaceCounts.of(Places(snapshot, elsewhere, top), ())


def read(people_by_place: dict[str, int], elsewhere: int = 0) -> ReadablePlaces:
    return ReadablePlaces.for_public(counts_of(people_by_place, elsewhere), LEAST)


def test_a_small_number_is_hidden_and_its_people_are_elsewhere() -> None:
    readable = read({"/": 40, "/pricing": 12, "/blog": 2}, elsewhere=7)
    assert list(readable.people_by_place.items()) == [("/", 40), ("/pricing", 12), ("/blog", None)]
    assert readable.elsewhere == 9


def test_a_number_that_would_follow_by_subtraction_takes_the_smallest_visible_one_along() -> None:
    readable = read({"/": 40, "/pricing": 12, "/blog": 1})
    assert list(readable.people_by_place.items()) == [
        ("/", 40),
        ("/blog", None),
        ("/pricing", None),
    ]
    assert readable.elsewhere == 13


def test_without_a_visible_number_a_lone_person_is_at_no_named_place() -> None:
    assert read({"/blog": 1}) == ReadablePlaces(1, {})
    assert read({"/blog": 1, "/pricing": 1}) == ReadablePlaces(2, {})


def test_a_full_list_names_no_place_without_a_number() -> None:
    """A place that is missing would reveal that the later ones have more than one person."""
    people = {"/": 40} | {f"/{number:03}": 2 for number in range(TOP - 1)}
    assert read(people | {"/000/alone": 1}) == ReadablePlaces(2 * (TOP - 1) + 1, {"/": 40})


def test_a_threshold_of_two_names_no_place_of_one_person() -> None:
    counts = counts_of({"/": 40, "/pricing": 2, "/blog": 1}, elsewhere=7)
    assert ReadablePlaces.for_public(counts, 2) == ReadablePlaces(8, {"/": 40, "/pricing": 2})


def test_staff_read_every_number() -> None:
    counts = counts_of({"/": 40, "/blog": 1}, elsewhere=7)
    assert ReadablePlaces.for_staff(counts) == ReadablePlaces(7, {"/": 40, "/blog": 1})


def test_a_threshold_of_one_hides_nothing() -> None:
    counts = counts_of({"/": 40, "/blog": 1}, elsewhere=7)
    assert ReadablePlaces.for_public(counts, 1) == ReadablePlaces.for_staff(counts)


@given(PEOPLE, st.integers(0, 5))
def test_the_numbers_add_up_and_none_is_small(people: dict[str, int], elsewhere: int) -> None:
    readable = read(people, elsewhere)
    visible = [each for each in readable.people_by_place.values() if each is not None]
    assert readable.elsewhere + sum(visible) == elsewhere + sum(people.values())
    assert all(each >= LEAST for each in visible)
    assert visible == list(readable.people_by_place.values())[: len(visible)], (
        "hidden ones are last"
    )


@given(PEOPLE, st.integers(0, 5))
def test_no_hidden_number_follows_from_the_others(people: dict[str, int], elsewhere: int) -> None:
    """Each hidden place can have one person, or two, and everybody else fits into the rest."""
    readable = read(people, elsewhere)
    hidden = [each for each, number in readable.people_by_place.items() if number is None]
    others = len(hidden) - 1
    assert not hidden or readable.elsewhere - others >= 2


@given(PEOPLE, st.integers(0, 5))
def test_one_place_has_the_number_that_the_list_has(people: dict[str, int], elsewhere: int) -> None:
    counts, readable = counts_of(people, elsewhere), read(people, elsewhere)
    for place in people:
        assert public_people_at(counts, place, LEAST) == readable.people_by_place.get(place)
    assert public_people_at(counts, "/unknown", LEAST) is None


def test_a_place_after_the_first_hundred_is_hidden_or_visible_by_its_own_number() -> None:
    top = tuple(PlaceCount(f"/{number:03}", 9) for number in range(TOP))
    snapshot = Snapshot(0, 1000, 1000, version=1, as_of_ms=1)
    counts = PlaceCounts.of(Places(snapshot, 0, top, (5, 2)), ("/five", "/two"))
    assert public_people_at(counts, "/five", LEAST) == 5
    assert public_people_at(counts, "/two", LEAST) is None
    assert counts.people_at("/not-asked-for") is None
