from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from landing.analytics import dwell_rows, recording
from landing.live.connection import Connection
from landing.live.registry import Registry
from landing.models import Analytics
from landing.visitors.identity import Identity
from tests.live.worker_harness import FakeConnection

pytestmark = pytest.mark.each_database

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def tab(visitor: str, user: str | None = None, *, is_recorded: bool = True) -> Connection:
    opened = FakeConnection(visitor, user)
    opened.is_recorded = is_recorded
    return opened


def key(visitor: str) -> bytes:
    return tab(visitor).visitor


def registry_of(connections: Iterable[Connection]) -> Registry:
    registry = Registry()
    for connection in connections:
        registry.add(connection)
    return registry


find_visitors = async_to_sync(dwell_rows.find_visitors)
record = async_to_sync(dwell_rows.record)


def find_users(registry: Registry) -> dict[bytes, str | None]:
    """Return the user of each visitor. A visitor occurs once."""
    found = find_visitors(registry)
    users = {each.visitor: each.user for each in found}
    assert len(users) == len(found)
    return users


# -- due times


@given(st.floats(0, 4e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_rows_are_due_at_whole_intervals_around_now(
    now: datetime,
) -> None:
    last, following = dwell_rows.last_due_at(now), dwell_rows.next_due_at(now)

    assert last <= now < following
    assert following - last == timedelta(minutes=5)
    assert last.timestamp() % 300 == 0


def test_a_due_time_is_the_last_one_and_not_the_next() -> None:
    assert dwell_rows.last_due_at(NOON) == NOON
    assert dwell_rows.next_due_at(NOON) == NOON + timedelta(minutes=5)


def test_all_time_zones_share_the_due_times_and_a_setting_sets_the_interval(settings: Any) -> None:
    settings.LANDING_ANALYTICS_HEARTBEAT_MINUTES = 7
    kathmandu = NOON.astimezone(datetime.strptime("+0545", "%z").tzinfo)

    assert dwell_rows.next_due_at(kathmandu) == dwell_rows.next_due_at(NOON)
    assert dwell_rows.next_due_at(NOON).timestamp() % 420 == 0


# -- visitors


def test_a_visitor_with_many_tabs_appears_once() -> None:
    assert find_users(registry_of(tab(name) for name in ("ana", "ben", "ana"))) == {
        key("ana"): None,
        key("ben"): None,
    }


@pytest.mark.parametrize("users", [(None, "7"), ("7", None), ("7", "7", None)])
def test_a_visitor_signed_in_on_one_tab_has_that_user(users: tuple[str | None, ...]) -> None:
    assert find_users(registry_of(tab("ana", user) for user in users)) == {key("ana"): "7"}


def test_a_connection_that_may_not_be_recorded_does_not_exclude_another_tab() -> None:
    registry = registry_of(
        [tab("ana", "7", is_recorded=False), tab("ben", is_recorded=False), tab("ana")]
    )

    assert find_users(registry) == {key("ana"): None}


SOCKETS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from([None, "1"]), st.booleans()), max_size=30
)


@given(SOCKETS, st.integers(1, 5))
def test_each_recordable_visitor_appears_once_with_a_user_if_any(
    sockets: list[tuple[str, str | None, bool]], chunk: int
) -> None:
    registry = registry_of(
        tab(visitor, user, is_recorded=recorded) for visitor, user, recorded in sockets
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dwell_rows, "CHUNK", chunk)
        people = find_users(registry)

    may = [(visitor, user) for visitor, user, recorded in sockets if recorded]
    assert set(people) == {key(visitor) for visitor, _ in may}
    for visitor, user in people.items():
        users = {theirs for name, theirs in may if key(name) == visitor}
        assert user == ("1" if "1" in users else None)


# -- chunks


async def test_other_tasks_run_between_chunks_and_may_change_the_registry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dwell_rows, "CHUNK", 10)
    connections = [tab(f"visitor{number}") for number in range(100)]
    registry = registry_of(connections)
    turns = 0

    async def change_registry() -> None:
        nonlocal turns
        while registry:
            registry.remove(connections[turns])
            registry.add(tab(f"late{turns}"))
            turns += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(change_registry())
    people = await dwell_rows.find_visitors(registry)
    others.cancel()

    assert {each.visitor for each in people} == {connection.visitor for connection in connections}
    assert turns >= 9


def test_an_empty_registry_leaves_no_row() -> None:
    assert record(Registry(), NOON) == 0
    assert recording.writer.waiting_rows == 0


def test_the_count_of_recorded_rows_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dwell_rows, "CHUNK", 10)

    assert record(registry_of(tab(f"visitor{number}") for number in range(25)), NOON) == 25
    assert recording.writer.waiting_rows == 25


# -- stored rows

in_table = pytest.mark.django_db


@in_table
def test_recording_takes_no_query_and_leaves_a_row_per_visitor(
    django_assert_num_queries: Any,
) -> None:
    ana = User.objects.create_user("ana")
    registry = registry_of([tab("ana", str(ana.pk)), tab("ben")])
    with django_assert_num_queries(0):
        record(registry, NOON)
    assert recording.writer.flush()

    rows = Analytics.objects.order_by("visitor_id").values_list(
        "visitor_id", "user", "event", "created_at", "path", "referrer_host"
    )
    assert list(rows) == [
        (key("ana"), ana.pk, "heartbeat", NOON, "", ""),
        (key("ben"), None, "heartbeat", NOON, "", ""),
    ]


@in_table
def test_a_visitor_on_two_workers_leaves_one_row_per_due_time() -> None:
    one, other = registry_of([tab("ana"), tab("ben")]), registry_of([tab("ana"), tab("eve")])
    for at in (NOON, NOON + timedelta(minutes=5)):
        for registry in (one, other):
            record(registry, at)
            assert recording.writer.flush()

    assert Analytics.objects.filter(visitor_id=key("ana")).count() == 2
    assert Analytics.objects.count() == 6


@in_table
@pytest.mark.parametrize("arrived_after_seconds", [0, 1, 150, 299])
def test_a_visitor_who_stays_an_hour_is_active_in_every_minute(
    arrived_after_seconds: int,
) -> None:
    registry, came = Registry(), NOON + timedelta(seconds=arrived_after_seconds)
    recording.record_page_view(Identity(key("ana")), "/", "", came)
    registry.add(tab("ana"))
    due = dwell_rows.next_due_at(came)
    for minute in range(60):
        now = came + timedelta(minutes=minute)
        while due <= now:
            record(registry, due)
            due = dwell_rows.next_due_at(due)
        assert recording.writer.flush()

        assert Analytics.objects.in_window(15, now).count_visitors() == 1, f"minute {minute}"
    assert Analytics.objects.filter(event=Analytics.Event.HEARTBEAT).count() <= 12


@in_table
def test_a_visitor_who_left_does_not_stay_active() -> None:
    ana = tab("ana")
    registry = registry_of([ana])
    record(registry, NOON)
    registry.remove(ana)
    record(registry, NOON + timedelta(minutes=5))
    assert recording.writer.flush()

    assert Analytics.objects.in_window(15, NOON + timedelta(minutes=16)).count_visitors() == 0
