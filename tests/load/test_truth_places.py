"""The truth harness: the true people of each place, and the errors of the places API."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landing.places import tokens
from tests.load.truth import PAGES, pages
from tests.load.truth.pages import Pages
from tests.load.truth.places import (
    ELSEWHERE,
    PlaceReading,
    PlaceTimelines,
    exact_after,
    is_exact,
    largest_deviation,
    revealing,
    wrong_sums,
)
from tests.load.truth.screens import PlaceScreen
from tests.load.truth.truth import Held, Timeline

LINGER = 5.0


def held(
    place: str,
    visitor: bytes = b"v",
    user: str | None = None,
    opened_at: float = 0.0,
    closed_at: float = math.inf,
    moves: tuple[tuple[float, str], ...] = (),
) -> Held:
    return Held(visitor, user, 0, opened_at, closed_at, [(opened_at, place), *moves])


def true(*helds: Held) -> PlaceTimelines:
    return PlaceTimelines(helds, LINGER)


def people(*helds: Held, at: float = 1.0) -> dict[str, int]:
    return true(*helds).at(at)


# -- the true people of each place -------------------------------------------------------


def test_nobody_is_anywhere_before_the_first_socket() -> None:
    assert people() == {}
    assert people(held("/a", opened_at=2)) == {}


def test_a_person_is_at_the_page_that_was_opened_last() -> None:
    tabs = (held("/a"), held("/b", opened_at=3))
    assert people(*tabs) == {"/a": 1}
    assert people(*tabs, at=3) == {"/b": 1}


def test_a_tab_moves_its_person_without_a_new_socket() -> None:
    tabs = (held("/a", moves=((4, "/c"),)), held("/b", opened_at=3))
    assert people(*tabs, at=3.9) == {"/b": 1}
    assert people(*tabs, at=4) == {"/c": 1}


def test_a_person_stays_at_the_last_page_for_the_grace_period() -> None:
    tabs = (held("/a", closed_at=2), held("/b", opened_at=4, closed_at=6))
    assert [people(*tabs, at=moment) for moment in (3.9, 4, 10.9, 11)] == [
        {"/a": 1},
        {"/b": 1},
        {"/b": 1},
        {},
    ]


def test_a_page_without_a_place_is_elsewhere() -> None:
    assert people(held("/a"), held(ELSEWHERE, b"w")) == {"/a": 1, ELSEWHERE: 1}
    assert people(Held(b"v", None, 0, 0.0)) == {ELSEWHERE: 1}


def test_a_user_is_at_the_last_page_of_all_devices() -> None:
    assert people(held("/a", b"v", "ana"), held("/b", b"w", "ana", opened_at=1)) == {"/b": 1}


def test_a_browser_without_its_signed_in_tab_is_at_its_own_page() -> None:
    tabs = (
        held("/a", b"v"),
        held("/b", b"v", "ana", opened_at=1, closed_at=2),
        held("/c", b"w", "ana", opened_at=3),
    )
    assert people(*tabs, at=3) == {"/c": 1}
    assert people(*tabs, at=7) == {"/c": 1, "/b": 1}


TIMES = st.integers(0, 20)
HELDS = st.builds(
    lambda visitor, user, begin, length, place, moved: held(
        place, visitor, user, begin, begin + length, ((begin + length / 2, moved),)
    ),
    st.sampled_from([b"v", b"w", b"x"]),
    st.sampled_from([None, "ana", "bob"]),
    TIMES,
    st.integers(1, 9),
    st.sampled_from(["/a", "/b", ELSEWHERE]),
    st.sampled_from(["/a", "/b", ELSEWHERE]),
)


@given(st.lists(HELDS, max_size=8), TIMES)
def test_all_places_add_up_to_the_people(helds: list[Held], at: int) -> None:
    assert sum(people(*helds, at=at).values()) == Timeline(helds, LINGER).at(at)


# -- errors of the responses -------------------------------------------------------------


def reading(
    places: dict[str, int | None],
    elsewhere: int = 0,
    *,
    people: int | None = 4,
    at: float = 10.0,
    is_staff: bool = True,
    is_live: bool = True,
) -> PlaceReading:
    return PlaceReading(0, at, at + 0.1, is_staff, people, elsewhere, places, is_live)


#: Three people at one page, of whom one goes to another after 9.5 s, and one elsewhere.
CROWD = true(
    held("/a", b"1"),
    held("/a", b"2"),
    held("/a", b"3", moves=((9.5, "/b"),)),
    held(ELSEWHERE, b"4"),
)


def test_the_numbers_before_and_after_a_move_are_true_for_a_second() -> None:
    assert is_exact(CROWD, reading({"/a": 3}, 1))
    assert is_exact(CROWD, reading({"/a": 2, "/b": 1}, 1))
    assert is_exact(CROWD, reading({"/a": 2, "/b": 1}, 1, at=11))
    assert not is_exact(CROWD, reading({"/a": 3}, 1, at=11))


def test_an_error_is_a_share_of_all_people() -> None:
    worst = largest_deviation(CROWD, [reading({"/a": 2, "/b": 1}, 1), reading({"/b": 1}, 3)])
    assert worst is not None
    assert (worst.place, worst.excess, worst.error) == ("/a", -2, 0.5)
    assert worst.describe(began_at=9.0) == "2 people too few at /a at 1.0 s"


def test_a_place_that_does_not_exist_is_an_error() -> None:
    worst = largest_deviation(CROWD, [reading({"/a": 2, "/b": 1, "/z": 3}, 1)])
    assert worst is not None and (worst.place, worst.excess) == ("/z", 3)


def test_a_wrong_elsewhere_is_named() -> None:
    worst = largest_deviation(CROWD, [reading({"/a": 2, "/b": 1}, 3)])
    assert worst is not None
    assert worst.describe(began_at=0.0) == "2 people too many at elsewhere at 10.0 s"


def test_the_public_claims_only_what_it_shows() -> None:
    public = reading({"/a": None, "/b": None}, 4, is_staff=False, at=20)
    assert is_exact(CROWD, public)
    assert not is_exact(CROWD, reading({"/a": 4, "/b": None}, 0, is_staff=False, at=20))


def test_stale_and_unknown_numbers_are_neither_errors_nor_exact() -> None:
    for none in (reading({}, is_live=False), reading({}, people=None)):
        assert largest_deviation(CROWD, [none]) is None
        assert not is_exact(CROWD, none)


def test_exactness_starts_after_the_last_inexact_response() -> None:
    right, wrong = {"/a": 2, "/b": 1}, {"/a": 3}
    readings = [reading(each, 1, at=at) for each, at in ((right, 11), (wrong, 12), (right, 13))]
    assert exact_after(CROWD, readings, since=11.5) == 1.5
    assert exact_after(CROWD, readings[:2], since=11.5) is None


@pytest.mark.parametrize("is_staff", [True, False])
def test_places_that_do_not_add_up_are_counted(is_staff: bool) -> None:
    good = reading({"/a": 3, "/b": None}, 1, is_staff=is_staff)
    wrong = reading({"/a": 3}, 2, is_staff=is_staff, is_live=False)
    assert (good.surplus, wrong.surplus) == (0, 1)
    assert wrong_sums([good, wrong, reading({}, people=None)]) == 1


def test_small_numbers_are_for_staff_only() -> None:
    small = {"/a": 4, "/b": 2}
    shown = reading(small, is_staff=False)
    hidden = reading({"/a": 4, "/b": None}, is_staff=False)
    assert revealing([shown, hidden, reading(small)], least=3) == 1
    assert revealing([shown], least=2) == 0


# -- frames ------------------------------------------------------------------------------


def frame(type: str, **content: object) -> bytes:
    return json.dumps({"type": type, "source": "live", **content}).encode()


def test_a_screen_has_the_newest_list_and_the_newest_number_of_its_place() -> None:
    screen = PlaceScreen(process=1)
    for people in (2, None):
        screen.take(frame("place-count", place="/a", people=people))
        rows = [{"place": "/a", "people": people}, {"place": "/b", "people": None}]
        screen.take(frame("places", people=5, elsewhere=3, places=rows))
    screen.take(frame("connection-count", people=9))

    assert [each.places for each in screen.readings] == [
        {"/a": 2},
        {"/a": 2, "/b": None},
        {"/a": None},
        {"/a": None, "/b": None},
    ]
    assert [each.surplus for each in screen.readings] == [0, 0, 0, -2]
    shown = screen.read(at=7.0)
    assert [(each.asked_at, each.people, each.process) for each in shown] == [(7, 0, 1), (7, 5, 1)]
    screen.blank()
    assert screen.read(at=8.0) == []


def test_a_stale_frame_is_not_live() -> None:
    screen = PlaceScreen(process=0)
    screen.take(frame("place-count", place="/a", people=2, source="stale"))
    assert not screen.readings[0].is_live


# -- pages -------------------------------------------------------------------------------


def test_few_pages_have_many_people_and_some_people_have_no_place() -> None:
    chosen = [Pages().choose() for _ in range(2_000)]
    assert len(set(chosen)) <= PAGES + 1
    assert chosen.count("/story/1") > 10 * chosen.count("/story/50")
    assert 100 < chosen.count(ELSEWHERE) < 300
    assert {Pages(0).choose() for _ in range(9)} == {ELSEWHERE}


def test_a_connection_has_the_signed_place_of_its_page() -> None:
    token = pages.query("/story/1").removeprefix("?place=")
    assert tokens.verify(token) == "/story/1"
    assert pages.query(ELSEWHERE) == ""
    assert pages.query(ELSEWHERE, "here,places") == "?topics=here,places"


def test_a_move_fits_into_a_short_frame() -> None:
    sent = json.loads(pages.frame(f"/story/{PAGES}"))
    assert (sent["type"], tokens.verify(sent["path"])) == ("at", f"/story/{PAGES}")
    assert len(pages.frame(f"/story/{PAGES}")) <= 125
