from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection

from landing import stats
from landing.live import worker
from landing.live.messages import Shown, Source, dump_count
from landing.live.presence.base import Snapshot
from landing.live.worker import Worker
from landing.stats import Online, StatsSnapshot, Today
from tests.rows import row

AS_OF_MS = 1_769_860_800_123


class Screen:
    """What stats knows of a worker: the numbers it shows, and a place to report to."""

    def __init__(self) -> None:
        self.now: Shown | None = None
        self.reported: list[int] = []

    def show(self, active: int | None, source: Source = Source.LIVE) -> None:
        self.now = Shown(
            Snapshot(
                signed_in=4,
                anonymous=13,
                connections=23,
                active=active,
                version=7,
                as_of_ms=AS_OF_MS,
            ),
            source,
        )

    def shown(self) -> Shown | None:
        return self.now

    def report_active(self, active: int) -> None:
        self.reported.append(active)


@pytest.fixture
def screen() -> Iterator[Screen]:
    before = worker.current()
    screen = Screen()
    worker.set_current(cast("Worker", screen))
    yield screen
    worker.set_current(before)


@pytest.mark.django_db
def test_without_a_worker_only_the_table_is_known() -> None:
    row(1)
    row(1)

    known = stats.snapshot()

    assert known.active_users_now == 1
    assert known.online == Online(None, None, None, None)
    assert known.today == Today(visitors=1, page_views=2, peak_people=None)
    assert (known.source, known.as_of, known.version) == (Source.STALE, None, 0)


@pytest.mark.django_db
def test_a_worker_that_knows_nothing_yet_is_like_none(screen: Screen) -> None:
    assert stats.snapshot().online == Online(None, None, None, None)
    assert stats.snapshot().source is Source.STALE


@pytest.mark.django_db
def test_sync_and_async_readers_see_the_same(screen: Screen) -> None:
    screen.show(active=31)

    assert async_to_sync(stats.asnapshot)() == stats.snapshot()


@pytest.mark.django_db
def test_the_snapshot_agrees_with_the_frame_of_the_same_moment(screen: Screen) -> None:
    screen.show(active=31)
    assert screen.now is not None
    frame = json.loads(dump_count(screen.now))

    answer = stats.snapshot().as_dict()

    assert answer["online"] == {
        "people": frame["people"],
        "connections": frame["count"],
        "signed_in": frame["signed_in"],
        "anonymous": frame["anonymous"],
    }
    assert answer["active_users_now"] == frame["active"]
    assert answer["source"] == frame["source"]
    assert answer["version"] == frame["version"]
    assert answer["as_of"] == frame["timestamp"]


@pytest.mark.django_db
def test_the_dictionary_has_the_shape_of_the_interface(screen: Screen) -> None:
    screen.show(active=31)
    row(1)

    assert stats.snapshot().as_dict() == {
        "active_users_now": 31,
        "window_minutes": 15,
        "online": {"people": 17, "connections": 23, "signed_in": 4, "anonymous": 13},
        "today": {"visitors": 1, "page_views": 1, "peak_people": None},
        "source": "live",
        "as_of": "2026-01-31T12:00:00.123Z",
        "version": 7,
    }


@pytest.mark.django_db
def test_numbers_that_went_stale_say_so_and_keep_their_age(screen: Screen) -> None:
    screen.show(active=31, source=Source.STALE)

    known = stats.snapshot()

    assert known.source is Source.STALE
    assert known.as_of == datetime(2026, 1, 31, 12, 0, 0, 123_000, tzinfo=UTC)
    assert known.online.people == 17


@pytest.mark.django_db
def test_active_is_never_below_the_people_connected(screen: Screen) -> None:
    screen.show(active=3)
    assert stats.snapshot().active_users_now == 17

    screen.show(active=None)
    assert stats.snapshot().active_users_now == 17


@pytest.mark.django_db
def test_a_first_number_of_active_visitors_is_given_to_everybody(screen: Screen) -> None:
    screen.show(active=None)
    for number in range(20):
        row(number)

    assert async_to_sync(stats.asnapshot)().active_users_now == 20
    assert screen.reported == [20]


@pytest.mark.django_db
def test_a_known_number_of_active_visitors_is_not_reported_again(screen: Screen) -> None:
    screen.show(active=31)

    stats.snapshot()

    assert screen.reported == []


@pytest.mark.django_db
@pytest.mark.parametrize("active", [None, 31])
def test_a_snapshot_costs_one_query_and_the_next_one_none(
    screen: Screen, active: int | None, django_assert_num_queries: Any
) -> None:
    screen.show(active=active)

    with django_assert_num_queries(1):
        async_to_sync(stats.asnapshot)()
        stats.snapshot()


@pytest.mark.django_db
def test_in_an_event_loop_a_snapshot_is_what_is_known_already(
    screen: Screen, django_assert_num_queries: Any
) -> None:
    async def ask() -> StatsSnapshot:
        return stats.snapshot()

    screen.show(active=31)
    with django_assert_num_queries(0):
        before = async_to_sync(ask)()
    row(1)
    stats.snapshot()
    with django_assert_num_queries(0):
        after = async_to_sync(ask)()

    assert before.online == after.online == Online(17, 23, 4, 13)
    assert before.today == Today(None, None, None)
    assert after.today == Today(1, 1, None)


async def test_in_an_event_loop_without_a_worker_nobody_is_asked(settings: Any) -> None:
    settings.REDIS_URL = "redis://host.invalid/0"

    known = stats.snapshot()

    assert known.online == Online(None, None, None, None)
    assert known.source is Source.STALE


@pytest.mark.django_db
def test_what_the_table_would_say_is_unknown_while_the_database_is_away(screen: Screen) -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    screen.show(active=None)
    with connection.execute_wrapper(refuse):
        known = stats.snapshot()

    assert known.active_users_now is None
    assert known.today == Today(None, None, None)
    assert known.online.people == 17
    assert screen.reported == []


@pytest.mark.django_db(transaction=True)
def test_refreshing_counts_the_active_visitors_whatever_was_read_before() -> None:
    stats.snapshot()
    row(1)
    row(2)

    assert async_to_sync(stats.refresh_active)() == 2


@pytest.mark.django_db
def test_the_window_is_a_setting(settings: Any) -> None:
    settings.LANDING_ACTIVE_WINDOW_MINUTES = 30

    assert stats.snapshot().window_minutes == 30
