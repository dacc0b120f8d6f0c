"""The registry of one worker, compared with a plain list of connections."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from landing.live.connection import Connection
from landing.live.presence.contract import Key, KeyType
from landing.live.registry import Registry
from tests.live.presence.simulation import new_connection, user_key, visitor_key

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
def test_the_changed_keys_add_up_to_the_keys_of_the_open_connections(
    events: list[tuple[str, str | None, bool, int]],
) -> None:
    registry, open_connections = Registry(), list[Connection]()
    present = set()
    for visitor, user, is_counted, index in events:
        if index < len(open_connections):
            closed = open_connections.pop(index)
            changed = registry.remove(closed)
            assert present.issuperset(changed)
            present.difference_update(changed)
        else:
            new = new_connection(visitor, user, counted=is_counted)
            open_connections.append(new)
            changed = registry.add(new)
            assert present.isdisjoint(changed)
            present.update(changed)
        expected = {key for each in open_connections for key in each.keys()}
        assert present == expected == set(registry.keys())
        assert len(registry) == len(open_connections)
        assert registry.counted_connections == sum(each.is_counted for each in open_connections)


@given(EVENTS)
def test_the_registry_is_empty_after_every_connection_has_closed(
    events: list[tuple[str, str | None, bool, int]],
) -> None:
    registry = Registry()
    connections = [
        new_connection(visitor, user, counted=is_counted) for visitor, user, is_counted, _ in events
    ]
    for each in connections:
        registry.add(each)
    for each in connections:
        registry.remove(each)
    assert len(registry) == registry.counted_connections == 0
    assert not list(registry.keys())
    indexes = ("_by_visitor", "_by_session")
    assert not registry._keys._places
    assert not any(vars(registry)[name] for name in indexes)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from([None, "1", "2"]),
        st.booleans(),
        st.sampled_from([None, "s1", "s2"]),
        st.sampled_from(["open", "close", "set user", "set session"]),
        st.integers(0, 20),
    ),
    max_size=60,
)


@given(CHANGES)
def test_a_change_of_identity_changes_the_keys_that_differ(
    events: list[tuple[str, str | None, bool, str | None, str, int]],
) -> None:
    registry, open_connections = Registry(), list[Connection]()
    present = set[Key]()
    for visitor, user, flag, session, event, index in events:
        if event == "open" or not open_connections:
            new = new_connection(visitor, user, counted=flag)
            new.session_key = session
            open_connections.append(new)
            present.update(registry.add(new))
            continue
        connection = open_connections[index % len(open_connections)]
        if event == "close":
            open_connections.remove(connection)
            present.difference_update(registry.remove(connection))
        elif event == "set session":
            registry.set_session(connection, session)
        else:
            appeared, gone = registry.set_user(connection, user, is_left_out=flag)
            assert present.isdisjoint(appeared) and present.issuperset(gone)
            present = (present | set(appeared)) - set(gone)
        assert present == {key for each in open_connections for key in each.keys()}
        assert present == set(registry.keys())
        assert registry.counted_connections == sum(each.is_counted for each in open_connections)
        sessions = {each.session_key for each in open_connections} - {None}
        assert set(registry.session_keys) == sessions
        for each in open_connections:
            assert each in registry.of_visitor(each.visitor)
            assert each.session_key is None or each in registry.of_session(each.session_key)


def test_a_closed_connection_keeps_its_identity() -> None:
    registry, ana = Registry(), new_connection("ana", "7")
    registry.add(ana)
    registry.remove(ana)
    assert registry.set_user(ana, None, is_left_out=False) == ([], [])
    registry.set_session(ana, "s1")
    assert ana.user == "7" and not registry.session_keys


def test_somebody_who_is_no_longer_left_out_is_counted_and_recorded_as_before() -> None:
    registry, ana = Registry(), new_connection("ana", "7")
    bot = new_connection("bot", "7", counted=False)
    for each in (ana, bot):
        registry.add(each)
        registry.set_user(each, "7", is_left_out=True)
        assert not each.is_counted and not each.is_recorded
        registry.set_user(each, None, is_left_out=False)
    assert (ana.is_counted, ana.is_recorded) == (True, True)
    assert not bot.is_counted


def test_adding_or_removing_twice_changes_nothing() -> None:
    registry, ana = Registry(), new_connection("ana", "7")
    assert registry.add(ana) and not registry.add(ana)
    assert registry.remove(ana) and not registry.remove(ana)
    assert registry.counted_connections == 0


def test_uncounted_staff_are_registered_and_not_counted() -> None:
    registry, staff = Registry(), new_connection("ana", "7", counted=False)
    assert registry.add(staff) == []
    assert len(registry) == 1 and registry.counted_connections == 0
    assert len(registry.of_visitor(staff.visitor)) == 1


def test_a_signed_in_connection_holds_the_keys_of_its_visitor_and_its_user() -> None:
    key_types = [key.kind for key in Registry().add(new_connection("ana", "7"))]
    assert key_types == [KeyType.VISITOR, KeyType.SIGNED, KeyType.USER]
    registry = Registry()
    registry.add(new_connection("ana"))
    assert registry.holds(visitor_key("ana")) and not registry.holds(user_key("7"))


def test_a_visitor_that_is_not_recorded_is_still_counted() -> None:
    registry, ana = Registry(), new_connection("ana", "7")
    ana.is_recorded = False
    assert registry.add(ana) == [
        visitor_key("ana"),
        Key(KeyType.SIGNED, ana.visitor),
        user_key("7"),
    ]
    assert registry.counted_connections == 1


def in_network(visitor: str) -> Connection:
    return new_connection(visitor, network="192.0.2.1")


def test_a_visitor_alone_in_its_network_has_no_crowd() -> None:
    registry = Registry()
    tabs = [in_network("ana"), in_network("ana")]
    for tab in tabs:
        registry.add(tab)

    assert registry.crowded_network_of(tabs[0].visitor) == ""


def test_the_second_visitor_of_a_network_makes_both_keys_due() -> None:
    registry = Registry()
    registry.add(in_network("ana"))

    assert set(registry.add(in_network("ben"))) == {visitor_key("ana"), visitor_key("ben")}
    assert registry.add(in_network("cid")) == [visitor_key("cid")]
    for name in ("ana", "ben", "cid"):
        assert registry.crowded_network_of(visitor_key(name).id) == "192.0.2.1"


def test_a_program_in_the_network_makes_no_key_of_its_own_due() -> None:
    registry = Registry()
    program = in_network("program")
    program.is_counted = False
    registry.add(program)

    assert registry.add(in_network("ana")) == [visitor_key("ana")]


def test_a_network_stays_crowded_after_its_visitors_left() -> None:
    registry = Registry()
    visitors = [in_network("ana"), in_network("ben")]
    for each in visitors:
        registry.add(each)
    for each in visitors:
        registry.remove(each)
    assert len(registry._crowded_networks) == 0
    late = in_network("cid")
    registry.add(late)

    assert registry.crowded_network_of(late.visitor) == late.network


def test_a_forgotten_visitor_stays_in_its_network() -> None:
    registry = Registry()
    ana, ben = in_network("ana"), in_network("ben")
    for each in (ana, ben):
        registry.add(each)

    registry.set_visitor(ana, visitor_key("another").id)

    assert registry.crowded_network_of(ana.visitor) == "192.0.2.1"
    assert registry.crowded_network_of(ben.visitor) == "192.0.2.1"
