"""The place of each key of one worker, through its registry."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from landing.live.connection import Connection
from landing.live.presence.contract import Key, KeyType
from landing.live.registry import Registry
from tests.live.presence.simulation import new_connection, user_key, visitor_key

ANA = visitor_key("ana")
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["open", "close", "sign in", "rename", "show"]),
        st.sampled_from("ab"),
        st.sampled_from([None, "1", "2"]),
        st.sampled_from(["", "/", "/pricing"]),
        st.booleans(),
        st.integers(0, 20),
    ),
    max_size=40,
)


@given(EVENTS)
def test_a_key_is_at_the_place_of_its_connection_that_showed_a_page_last(
    events: list[tuple[str, str, str | None, str, bool, int]],
) -> None:
    registry, opened = Registry(), list[Connection]()
    reported = dict[Key, str]()
    for event, visitor, user, place, flag, index in events:
        gone: list[Key] = []
        if event == "open" or not opened:
            opened.append(new_connection(visitor, user, counted=flag, place=place))
            changed = registry.add(opened[-1])
        elif event == "close":
            changed = registry.remove(opened.pop(index % len(opened)))
        elif event == "show":
            # The order of the list is that of the pages that were shown.
            opened.append(opened.pop(index % len(opened)))
            changed = registry.set_place(opened[-1], place)
        elif event == "sign in":
            changed, gone = registry.set_user(opened[index % len(opened)], user, is_left_out=flag)
        else:
            connection = opened[index % len(opened)]
            changed, gone = registry.set_visitor(connection, visitor.encode().ljust(16, b"."))
        for key in [*changed, *gone]:
            reported[key] = registry.place_of(key)
        expected = {
            key: each.place
            for each in opened
            for key in each.keys()
            if key.kind is not KeyType.SIGNED
        }
        assert {key: registry.place_of(key) for key in expected} == expected
        assert {key: reported[key] for key in expected} == expected, "a change was not reported"
    for each in opened:
        registry.remove(each)
    assert not any(map(registry.place_of, reported))


def test_of_two_tabs_the_one_that_opened_last_has_the_place() -> None:
    registry = Registry()
    first, second = (new_connection("ana", place=place) for place in ("/", "/pricing"))
    assert registry.add(first) == [ANA]
    assert registry.add(second) == [ANA], "the person moves"
    assert registry.place_of(ANA) == "/pricing"
    assert registry.remove(second) == [ANA], "the person moves back"
    assert registry.place_of(ANA) == "/"


def test_a_second_tab_at_the_same_place_and_its_end_change_nothing() -> None:
    registry = Registry()
    first, second = (new_connection("ana", place="/") for _ in range(2))
    registry.add(first)
    assert registry.add(second) == registry.remove(first) == []


def test_the_end_of_an_older_tab_moves_nobody() -> None:
    registry = Registry()
    first, second = (new_connection("ana", place=place) for place in ("/", "/pricing"))
    for each in (first, second):
        registry.add(each)
    assert registry.remove(first) == []
    assert registry.place_of(ANA) == "/pricing"


def test_a_tab_without_a_place_moves_the_person_elsewhere() -> None:
    registry = Registry()
    registry.add(new_connection("ana", place="/"))
    assert registry.add(new_connection("ana")) == [ANA]
    assert registry.place_of(ANA) == ""


def test_a_user_on_two_devices_is_at_one_place() -> None:
    registry = Registry()
    phone = new_connection("phone", "7", place="/cart")
    registry.add(new_connection("laptop", "7", place="/"))
    assert user_key("7") in registry.add(phone)
    assert registry.place_of(user_key("7")) == "/cart"
    assert registry.place_of(visitor_key("laptop")) == "/"
    assert user_key("7") in registry.remove(phone)
    assert registry.place_of(user_key("7")) == "/"


def test_an_older_tab_that_is_signed_in_later_does_not_move_the_user() -> None:
    registry = Registry()
    older, newer = new_connection("ana", place="/"), new_connection("ana", "7")
    registry.add(older)
    registry.add(newer)
    registry.set_user(older, "7", is_left_out=False)
    assert registry.place_of(user_key("7")) == "", "the newer tab is elsewhere"


def test_a_program_at_a_place_moves_nobody() -> None:
    registry = Registry()
    registry.add(new_connection("ana", place="/"))
    assert registry.add(new_connection("ana", counted=False, place="/pricing")) == []
    assert registry.place_of(ANA) == "/"


def test_the_tab_that_shows_a_page_last_has_the_place() -> None:
    registry = Registry()
    first, second = (new_connection("ana", place=place) for place in ("/", "/pricing"))
    for each in (first, second):
        registry.add(each)
    assert registry.set_place(first, "/docs") == [ANA]
    assert registry.place_of(ANA) == "/docs"
    assert registry.set_place(second, "/pricing") == [ANA], "it became visible again"
    assert registry.place_of(ANA) == "/pricing"
    assert registry.remove(second) == [ANA]
    assert registry.place_of(ANA) == "/docs"


def test_the_same_page_again_moves_nobody() -> None:
    registry, ana = Registry(), new_connection("ana", place="/")
    registry.add(ana)
    assert registry.set_place(ana, "/") == []


def test_the_first_place_of_a_worker_may_come_after_the_connection() -> None:
    registry = Registry()
    first, second = new_connection("ana"), new_connection("ana")
    for each in (first, second):
        registry.add(each)
    assert registry.set_place(first, "") == []
    assert registry.set_place(first, "/") == [ANA]
    assert registry.set_place(second, "") == [ANA]
    assert registry.remove(second) == [ANA]
    assert registry.place_of(ANA) == "/"


def test_a_closed_connection_shows_nothing() -> None:
    registry, ana = Registry(), new_connection("ana")
    registry.add(ana)
    registry.remove(ana)
    assert registry.set_place(ana, "/") == []
    assert not registry.subscribers.has_any and ana.place == ""


def test_a_tab_that_moves_takes_the_signed_in_person_of_all_devices_along() -> None:
    registry = Registry()
    laptop, phone = new_connection("laptop", "7", place="/"), new_connection("phone", "7")
    registry.add(laptop)
    registry.add(phone)
    assert registry.place_of(user_key("7")) == ""
    assert set(registry.set_place(laptop, "/docs")) == {user_key("7"), visitor_key("laptop")}
    assert registry.place_of(visitor_key("phone")) == ""
    registry.set_user(laptop, None, is_left_out=False)
    assert registry.place_of(user_key("7")) == ""
    assert registry.place_of(visitor_key("laptop")) == "/docs"


def test_a_program_that_moves_moves_nobody() -> None:
    registry, program = Registry(), new_connection("ana", counted=False)
    registry.add(program)
    assert registry.set_place(program, "/pricing") == []
    assert registry.place_of(ANA) == "" and not list(registry.keys())
