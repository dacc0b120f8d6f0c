from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from django.utils import timezone

from landing import simulated, stats
from landing.dates import site_day
from landing.live import worker
from landing.live.frames import Source, SourcedSnapshot, dump_count
from landing.live.presence.contract import Aggregates, Snapshot
from landing.live.worker import Worker
from landing.stats import Online, StatsSnapshot, Today
from tests.analytics.rows import row, sample

AS_OF_MS = 1_769_860_800_123


class Screen:
    """What stats knows of a worker: the numbers it shows."""

    def __init__(self) -> None:
        self.now: SourcedSnapshot | None = None

    def show(self, table: Aggregates | None, source: Source = Source.LIVE) -> None:
        self.now = SourcedSnapshot(
            Snapshot(
                signed_in=4,
                anonymous=13,
                connections=23,
                version=7,
                as_of_ms=AS_OF_MS,
                aggregates=table,
            ),
            source,
        )

    def shown(self) -> SourcedSnapshot | None:
        return self.now


def said(active: int = 31, peak_people: int | None = 60, **fields: Any) -> Aggregates:
    """What the table said a moment ago."""
    day = site_day(timezone.now()).isoformat()
    return Aggregates(active, fields.get("day", day), 412, 980, peak_people, AS_OF_MS)


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
    screen.show(said(31))

    assert async_to_sync(stats.asnapshot)() == stats.snapshot()


@pytest.mark.django_db
def test_the_snapshot_agrees_with_the_frame_of_the_same_moment(screen: Screen) -> None:
    screen.show(said(31))
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
    screen.show(said(31))
    row(1)

    assert stats.snapshot().as_dict() == {
        "active_users_now": 31,
        "window_minutes": 15,
        "online": {"people": 17, "connections": 23, "signed_in": 4, "anonymous": 13},
        "today": {"visitors": 412, "page_views": 980, "peak_people": 60},
        "source": "live",
        "as_of": "2026-01-31T12:00:00.123Z",
        "version": 7,
    }


@pytest.mark.django_db
def test_numbers_that_went_stale_say_so_and_keep_their_age(screen: Screen) -> None:
    screen.show(said(31), source=Source.STALE)

    known = stats.snapshot()

    assert known.source is Source.STALE
    assert known.as_of == datetime(2026, 1, 31, 12, 0, 0, 123_000, tzinfo=UTC)
    assert known.online.people == 17


@pytest.mark.django_db
def test_active_is_never_below_the_people_connected(screen: Screen) -> None:
    screen.show(said(3))

    assert stats.snapshot().active_users_now == 17


@pytest.mark.django_db
def test_a_process_that_serves_makes_no_query(
    screen: Screen, django_assert_num_queries: Any
) -> None:
    row(1)
    with django_assert_num_queries(0):
        before = async_to_sync(stats.asnapshot)()
        screen.show(None)
        without = stats.snapshot()
        screen.show(said(31))
        known = stats.snapshot()

    assert before.online == Online(None, None, None, None)
    assert without.active_users_now is None
    assert without.today == Today(None, None, None)
    assert known.active_users_now == 31
    assert known.today == Today(412, 980, 60)


@pytest.mark.django_db
def test_a_process_without_a_worker_reads_the_table_once_per_refresh_interval(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(2):
        async_to_sync(stats.asnapshot)()
        stats.snapshot()


@pytest.mark.django_db
def test_in_an_event_loop_a_process_without_a_worker_says_what_it_knows_already(
    django_assert_num_queries: Any,
) -> None:
    async def ask() -> StatsSnapshot:
        return stats.snapshot()

    row(1)
    with django_assert_num_queries(0):
        before = async_to_sync(ask)()
    stats.snapshot()
    with django_assert_num_queries(0):
        after = async_to_sync(ask)()

    assert before.today == Today(None, None, None)
    assert after.today == Today(1, 1, None)


def test_figures_of_yesterday_are_not_todays(screen: Screen) -> None:
    screen.show(said(day="2026-01-30"))

    known = stats.snapshot()

    assert known.today == Today(None, None, None)
    assert known.active_users_now == 31


def test_the_days_peak_is_never_below_the_people_now(screen: Screen) -> None:
    screen.show(said(peak_people=5))
    assert stats.snapshot().today.peak_people == 17

    screen.show(said(peak_people=None))
    assert stats.snapshot().today.peak_people is None


def test_the_age_of_the_table_is_known_beside_that_of_the_people(screen: Screen) -> None:
    screen.show(said()._replace(as_of_ms=AS_OF_MS - 4_123))

    known = stats.snapshot()

    assert known.table_as_of == datetime(2026, 1, 31, 11, 59, 56, tzinfo=UTC)
    assert "table_as_of" not in known.as_dict()


async def test_in_an_event_loop_without_a_worker_nobody_is_asked(settings: Any) -> None:
    settings.REDIS_URL = "redis://host.invalid/0"

    known = stats.snapshot()

    assert known.online == Online(None, None, None, None)
    assert known.source is Source.STALE


@pytest.mark.django_db
def test_what_the_table_would_say_is_unknown_while_the_database_is_away() -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        known = stats.snapshot()

    assert known.active_users_now is None
    assert known.today == Today(None, None, None)


@pytest.mark.django_db(transaction=True)
def test_the_peak_of_the_day_goes_on_from_what_is_shown(
    screen: Screen, django_assert_num_queries: Any
) -> None:
    screen.show(said(peak_people=60))
    assert read_peak(screen) == 60

    screen.show(said(peak_people=9))
    assert read_peak(screen) == 17, "of the people now"

    screen.show(said(peak_people=9), Source.STALE)
    assert read_peak(screen) == 9, "what is stale is no news"


@pytest.mark.django_db(transaction=True)
def test_the_peak_of_a_day_that_nobody_knows_comes_from_the_samples(screen: Screen) -> None:
    sample(timezone.now(), people=70)

    screen.show(None)
    assert read_peak(screen) == 70
    screen.show(said(peak_people=90, day="2026-01-30"))
    assert read_peak(screen) == 70
    screen.show(None, Source.STALE)
    assert read_peak(screen) == 70
    screen.now = None
    assert read_peak(screen) == 70


def read_peak(screen: Screen) -> int | None:
    table = async_to_sync(stats.read_aggregates)(screen.now)
    assert table is not None
    return table.peak_people


def test_demo_data_stand_in_only_where_no_number_was_ever_known(
    screen: Screen, settings: Any
) -> None:
    assert stats.snapshot().source is Source.STALE
    settings.LANDING_SIMULATED_FALLBACK = True

    made_up = stats.snapshot()
    screen.show(said(), Source.STALE)
    real = stats.snapshot()

    assert made_up.source is Source.SIMULATED
    assert (made_up.version, made_up.as_of) == (0, None)
    assert made_up.today == Today(None, None, None), "nobody counted those"
    people = made_up.online.people
    assert people is not None and abs(people - 10_247) <= simulated.RANGE
    assert made_up.online == Online(people, people, 0, people)
    assert real.source is Source.STALE


@pytest.mark.django_db
def test_the_window_is_a_setting(settings: Any) -> None:
    settings.LANDING_ACTIVE_WINDOW_MINUTES = 30

    assert stats.snapshot().window_minutes == 30
