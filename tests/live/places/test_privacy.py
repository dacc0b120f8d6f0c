"""The numbers that the public may read, for a reader who knows the rules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from landing.live.places.counts import TOP, PlaceCounts
from landing.live.places.privacy import ReadablePlaces, Threshold, public_people_at
from landing.live.presence.contract import PlaceCount, Places, Snapshot

LEAST = 3
PEOPLE = st.dictionaries(st.text("/abc", min_size=1, max_size=4), st.integers(1, 6), max_size=8)


def counts_of(
    people_by_place: dict[str, int], elsewhere: int = 0, least: int = LEAST
) -> PlaceCounts:
    ranked = sorted(people_by_place.items(), key=lambda item: (-item[1], item[0]))
    people = elsewhere + sum(people_by_place.values())
    snapshot = Snapshot(0, people, people, version=1, as_of_ms=1)
    top = tuple(PlaceCount(*item) for item in ranked[:TOP])
    return Threshold().apply(PlaceCounts.of(Places(snapshot, elsewhere, top), ()), least)


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
    counts = counts_of({"/": 40, "/pricing": 3, "/docs": 2, "/blog": 1}, elsewhere=7, least=2)
    assert ReadablePlaces.for_public(counts, 2) == ReadablePlaces(10, {"/": 40, "/pricing": 3})


def test_staff_read_every_number() -> None:
    counts = counts_of({"/": 40, "/blog": 1}, elsewhere=7)
    assert ReadablePlaces.for_staff(counts) == ReadablePlaces(7, {"/": 40, "/blog": 1})


def test_a_threshold_of_one_hides_nothing() -> None:
    counts = counts_of({"/": 40, "/blog": 1}, elsewhere=7, least=1)
    assert ReadablePlaces.for_public(counts, 1) == ReadablePlaces.for_staff(counts)
    assert public_people_at(counts, "/blog", 1) == 1
    assert public_people_at(counts, "/unknown", 1) == 0


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
    read = PlaceCounts.of(Places(snapshot, 0, top, (5, 2)), ("/five", "/two"))
    counts = Threshold().apply(read, LEAST)
    assert public_people_at(counts, "/five", LEAST) == 5
    assert public_people_at(counts, "/two", LEAST) is None
    assert counts.people_at("/not-asked-for") is None


def judge(threshold: Threshold, people: int, least: int = LEAST) -> int | None:
    counts = threshold.apply(counts_of({"/": people}, elsewhere=100), least)
    return public_people_at(counts, "/", least)


def test_a_number_that_goes_to_and_fro_at_the_minimum_does_not_flicker() -> None:
    threshold = Threshold()
    shown = [judge(threshold, people) for people in (2, 3, 2, 3, 4, 3, 4, 3, 2, 3, 2)]
    assert shown == [None, None, None, None, 4, 3, 4, 3, None, None, None]


@given(PEOPLE, st.integers(0, 50), st.integers(0, 5), st.booleans())
def test_a_short_list_adds_up(
    people: dict[str, int], elsewhere: int, limit: int, is_staff: bool
) -> None:
    counts = counts_of(people, elsewhere)
    all_places = ReadablePlaces.for_staff(counts) if is_staff else read(people, elsewhere)
    listed = all_places.first(limit)
    assert len(listed.people_by_place) <= limit
    total = listed.elsewhere + sum(each or 0 for each in listed.people_by_place.values())
    assert total == elsewhere + sum(people.values())


def test_places_beyond_a_full_read_are_elsewhere_for_staff() -> None:
    snapshot = Snapshot(0, 150, 150, version=1, as_of_ms=0)
    top = tuple(PlaceCount(f"/{number:03}", 1) for number in range(TOP))
    counts = PlaceCounts.of(Places(snapshot, elsewhere=7, top=top, wanted=()), ())
    assert ReadablePlaces.for_staff(counts).elsewhere == 50


def test_a_place_that_was_empty_meanwhile_is_hidden_again() -> None:
    threshold = Threshold()
    assert judge(threshold, 4) == 4
    threshold.apply(counts_of({}), LEAST)
    assert judge(threshold, 3) is None


def test_with_a_minimum_of_one_a_number_appears_at_once() -> None:
    assert judge(Threshold(), 1, least=1) == 1


@given(st.lists(PEOPLE, max_size=5))
def test_no_visible_number_is_ever_below_the_minimum(steps: list[dict[str, int]]) -> None:
    threshold = Threshold()
    for people in steps:
        counts = threshold.apply(counts_of(people), LEAST)
        readable = ReadablePlaces.for_public(counts, LEAST)
        visible = [each for each in readable.people_by_place.values() if each is not None]
        assert all(each >= LEAST for each in visible)
        assert readable.elsewhere + sum(visible) == sum(people.values())
