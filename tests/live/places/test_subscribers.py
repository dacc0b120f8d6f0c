"""Which connections receive frames about places, through their registry."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from landing.live.connection import Connection, Here
from landing.live.frames import DEFAULT_TOPICS, Topic
from landing.live.registry import Registry
from tests.live.presence.simulation import new_connection

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["open", "close", "topics", "show", "user"]),
        st.sets(st.sampled_from([*Topic])),
        st.sampled_from(["", "/", "/pricing"]),
        st.booleans(),
        st.integers(0, 20),
    ),
    max_size=40,
)


@given(EVENTS)
def test_the_subscribers_are_those_of_the_open_connections(
    events: list[tuple[str, set[Topic], str, bool, int]],
) -> None:
    registry, opened = Registry(), list[Connection]()
    for event, topics, place, flag, index in events:
        version = registry.version
        audiences = {each: each.audience for each in opened}
        if event == "open" or not opened:
            opened.append(new_connection("ana", place=place))
            opened[-1].set_topics(frozenset(topics))
            registry.add(opened[-1])
            continue
        connection = opened[index % len(opened)]
        if event == "close":
            registry.remove(connection)
            opened.remove(connection)
        elif event == "topics":
            registry.set_topics(connection, frozenset(topics))
        elif event == "show":
            registry.set_place(connection, place)
        else:
            registry.set_user(connection, None, is_left_out=flag)
        is_new_layout = any(each.audience != audiences[each] for each in opened)
        assert (registry.version != version) == (is_new_layout or event == "close")
        subscribers = registry.subscribers
        here = [Here(each.place, each.is_counted) for each in opened if Topic.HERE in each.topics]
        assert Counter(subscribers._here) == Counter(here)
        assert set(subscribers.places()) == {each.place for each in here} - {""}
        lists = {each for each in opened if Topic.PLACES in each.topics}
        assert set(subscribers.of(Topic.PLACES)) == lists
        assert set(subscribers.of(Topic.MAP)) == set(), "nobody may watch the map"
        assert subscribers.has_any == bool(here or lists)
        assert subscribers.need_places == bool(lists or any(each.place for each in here))


def test_connections_with_the_same_topics_share_one_set_and_one_audience() -> None:
    one, other = new_connection("ana"), new_connection("ben")
    assert one.topics is other.topics is DEFAULT_TOPICS
    assert one.audience is other.audience
    for each in (one, other):
        each.set_topics(frozenset({Topic.PLACES}) | {Topic.ONLINE})
    assert one.topics is other.topics and one.audience is other.audience
