"""The registry of one worker, compared with a plain list of connections."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from landing.live.presence.contract import Key, KeyType
from landing.live.registry import Connection, Registry
from tests.live.presence.simulation import socket, user_key, visitor_key

EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from([None, "1", "2"]),
        st.booleans(),
        st.integers(0, 20),
    ),
    max_size=60,
)


@given(EVENTS)
def test_the_changed_keys_add_up_to_the_keys_of_open_connections(
    events: list[tuple[str, str | None, bool, int]],
) -> None:
    registry, open_sockets = Registry(), list[Connection]()
    present = set()
    for visitor, user, counted, closing in events:
        if closing < len(open_sockets):
            gone = open_sockets.pop(closing)
            flipped = registry.remove(gone)
            assert present.issuperset(flipped)
            present.difference_update(flipped)
        else:
            new = socket(visitor, user, counted=counted)
            open_sockets.append(new)
            flipped = registry.add(new)
            assert present.isdisjoint(flipped)
            present.update(flipped)
        truth = {key for each in open_sockets for key in each.keys()}
        assert present == truth == set(registry.keys())
        assert len(registry) == len(open_sockets)
        assert registry.counted_connections == sum(each.is_counted for each in open_sockets)


@given(EVENTS)
def test_no_key_remains_without_connections(
    events: list[tuple[str, str | None, bool, int]],
) -> None:
    registry = Registry()
    sockets = [socket(visitor, user, counted=counted) for visitor, user, counted, _ in events]
    for each in sockets:
        registry.add(each)
    for each in sockets:
        registry.remove(each)
    assert len(registry) == registry.counted_connections == 0
    assert not list(registry.keys())
    assert not any(
        vars(registry)[name] for name in ("_connections_by_key", "_connections_by_visitor")
    )


def test_adding_or_removing_twice_changes_nothing() -> None:
    registry, ana = Registry(), socket("ana", "7")
    assert registry.add(ana) and not registry.add(ana)
    assert registry.remove(ana) and not registry.remove(ana)
    assert registry.counted_connections == 0


def test_excluded_staff_are_connected_but_not_counted() -> None:
    registry, staff = Registry(), socket("ana", "7", counted=False)
    assert registry.add(staff) == []
    assert len(registry) == 1 and registry.counted_connections == 0
    assert registry.connections_of(staff.visitor) == 1


def test_a_signed_in_connection_holds_visitor_mark_and_user() -> None:
    kinds = [key.kind for key in Registry().add(socket("ana", "7"))]
    assert kinds == [KeyType.VISITOR, KeyType.SIGNED, KeyType.USER]
    registry = Registry()
    registry.add(socket("ana"))
    assert registry.holds(visitor_key("ana")) and not registry.holds(user_key("7"))


def test_an_unrecorded_visitor_is_counted() -> None:
    registry, ana = Registry(), socket("ana", "7")
    ana.is_recorded = False
    assert registry.add(ana) == [
        visitor_key("ana"),
        Key(KeyType.SIGNED, ana.visitor),
        user_key("7"),
    ]
    assert registry.counted_connections == 1
