from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from landing import stats
from landing.dates import site_day
from landing.live.current_snapshot import Source, SourcedSnapshot
from landing.live.frames import dump_count
from landing.live.presence.aggregates import Aggregates
from landing.live.presence.contract import Snapshot
from landing.stats import Online, StatsSnapshot, Today
from tests.analytics.rows import row, sample
from tests.live.fake_worker import FakeWorker

AS_OF_MS = 1_769_860_800_123
YEAR_2000 = datetime(2000, 1, 1)  # noqa: DTZ001  hypothesis adds the zone
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Screen(FakeWorker):
    """A worker as stats sees it: the snapshot that it shows."""

    def __init__(self) -> None:
        self.now: SourcedSnapshot | None = None

    def show(self, aggregates: Aggregates | None, source: Source = Source.LIVE) -> None:
        self.now = SourcedSnapshot(
            Snapshot(
                signed_in=4,
                anonymous=13,
                connections=23,
                version=7,
                as_of_ms=AS_OF_MS,
                aggregates=aggregates,
                epoch="5f0c3a9b",
            ),
            source,
        )

    def snapshot(self) -> SourcedSnapshot | None:
        return self.now


def known(active: int = 31, peak_people: int | None = 60, **fields: Any) -> Aggregates:
    """Return aggregates of today."""
    day = site_day(timezone.now()).isoformat()
    return Aggregates(active, fields.get("day", day), 412, 980, peak_people, AS_OF_MS)


@pytest.fixture
def screen() -> Iterator[Screen]:
    with Screen().installed() as screen:
        yield screen


@pytest.mark.django_db
def test_without_a_worker_only_the_aggregates_are_known() -> None:
    row(1)
    row(1)

    shown = stats.snapshot()

    assert shown.active_users_now == 1
    assert shown.online == Online(None, None, None, None)
    assert shown.today == Today(visitors=1, page_views=2, peak_people=None)
    assert (shown.source, shown.as_of, shown.version) == (Source.UNKNOWN, None, 0)


@pytest.mark.django_db
def test_a_worker_without_a_snapshot_is_like_no_worker(screen: Screen) -> None:
    assert stats.snapshot().online == Online(None, None, None, None)
    assert stats.snapshot().source is Source.UNKNOWN


@pytest.mark.django_db
def test_sync_and_async_callers_get_the_same_snapshot(screen: Screen) -> None:
    screen.show(known(31))

    assert async_to_sync(stats.asnapshot)() == stats.snapshot()


@pytest.mark.django_db
def test_the_snapshot_matches_the_frame_of_the_same_time(screen: Screen) -> None:
    screen.show(known(31))
    assert screen.now is not None
    frame = json.loads(dump_count(screen.now))

    answer = stats.snapshot().as_dict()

    assert answer["online"] == {
        "people": frame["people"],
        "connections": frame["count"],
        "signed_in": frame["signed_in"],
        "anonymous": frame["anonymous"],
        "suspect": frame.get("suspect", 0),
    }
    assert answer["active_users_now"] == frame["active"]
    assert answer["source"] == frame["source"]
    assert answer["version"] == frame["version"]
    assert answer["as_of"] == frame["timestamp"]


@pytest.mark.django_db
def test_the_json_content_has_the_documented_shape(screen: Screen) -> None:
    screen.show(known(31))
    row(1)

    assert stats.snapshot().as_dict() == {
        "active_users_now": 31,
        "window_minutes": 15,
        "online": {"people": 17, "connections": 23, "signed_in": 4, "anonymous": 13, "suspect": 0},
        "today": {"visitors": 412, "page_views": 980, "peak_people": 60},
        "source": "live",
        "as_of": "2026-01-31T12:00:00.123Z",
        "version": 7,
        "epoch": "5f0c3a9b",
    }


@pytest.mark.django_db
def test_a_stale_snapshot_keeps_its_counts_and_its_time(screen: Screen) -> None:
    screen.show(known(31), source=Source.STALE)

    shown = stats.snapshot()

    assert shown.source is Source.STALE
    assert shown.as_of == datetime(2026, 1, 31, 12, 0, 0, 123_000, tzinfo=UTC)
    assert shown.online.people == 17


@pytest.mark.django_db
def test_active_is_never_below_the_people_online(screen: Screen) -> None:
    screen.show(known(3))

    assert stats.snapshot().active_users_now == 17


@pytest.mark.django_db
def test_a_process_with_a_worker_runs_no_query(
    screen: Screen, django_assert_num_queries: Any
) -> None:
    row(1)
    with django_assert_num_queries(0):
        before = async_to_sync(stats.asnapshot)()
        screen.show(None)
        without = stats.snapshot()
        screen.show(known(31))
        shown = stats.snapshot()

    assert before.online == Online(None, None, None, None)
    assert without.active_users_now is None
    assert without.today == Today(None, None, None)
    assert shown.active_users_now == 31
    assert shown.today == Today(412, 980, 60)


@pytest.mark.django_db
def test_a_process_without_a_worker_reads_once_per_refresh_interval(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(2):
        async_to_sync(stats.asnapshot)()
        stats.snapshot()


@pytest.mark.django_db
def test_in_an_event_loop_a_process_without_a_worker_returns_its_last_read(
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


def test_aggregates_of_yesterday_are_not_shown_for_today(screen: Screen) -> None:
    screen.show(known(day="2026-01-30"))

    shown = stats.snapshot()

    assert shown.today == Today(None, None, None)
    assert shown.active_users_now == 31


def test_the_peak_of_the_day_is_never_below_the_people_online(screen: Screen) -> None:
    screen.show(known(peak_people=5))
    assert stats.snapshot().today.peak_people == 17

    screen.show(known(peak_people=None))
    assert stats.snapshot().today.peak_people is None


def test_the_aggregates_have_a_time_of_their_own(screen: Screen) -> None:
    screen.show(known()._replace(as_of_ms=AS_OF_MS - 4_123))

    shown = stats.snapshot()

    assert shown.table_as_of == datetime(2026, 1, 31, 11, 59, 56, tzinfo=UTC)
    assert "table_as_of" not in shown.as_dict()


async def test_in_an_event_loop_without_a_worker_redis_is_not_queried(settings: Any) -> None:
    settings.REDIS_URL = "redis://host.invalid/0"

    shown = stats.snapshot()

    assert shown.online == Online(None, None, None, None)
    assert shown.source is Source.UNKNOWN


@pytest.mark.django_db
def test_aggregates_are_unknown_while_the_database_fails() -> None:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        shown = stats.snapshot()

    assert shown.active_users_now is None
    assert shown.today == Today(None, None, None)


@pytest.mark.django_db(transaction=True)
def test_the_peak_of_the_day_continues_from_the_snapshot(
    screen: Screen, django_assert_num_queries: Any
) -> None:
    screen.show(known(peak_people=60))
    assert read_peak(screen) == 60

    screen.show(known(peak_people=9))
    assert read_peak(screen) == 17, "the people online now"

    screen.show(known(peak_people=9), Source.STALE)
    assert read_peak(screen) == 9, "a stale count does not raise the peak"


@pytest.mark.django_db(transaction=True)
def test_an_unknown_peak_of_the_day_comes_from_the_samples(screen: Screen) -> None:
    sample(timezone.now(), people=70)

    screen.show(None)
    assert read_peak(screen) == 70
    screen.show(known(peak_people=90, day="2026-01-30"))
    assert read_peak(screen) == 70
    screen.show(None, Source.STALE)
    assert read_peak(screen) == 70
    screen.now = None
    assert read_peak(screen) == 70


def read_peak(screen: Screen) -> int | None:
    found = async_to_sync(stats.read_aggregates)(screen.now)
    assert found is not None
    return found.peak_people


def test_simulated_counts_appear_only_if_no_real_count_was_ever_known(
    screen: Screen, settings: Any
) -> None:
    assert stats.snapshot().source is Source.UNKNOWN
    settings.LANDING_SIMULATED_FALLBACK = True

    simulated = stats.snapshot()
    screen.show(known(), Source.STALE)
    real = stats.snapshot()

    assert simulated.source is Source.SIMULATED
    assert (simulated.version, simulated.as_of) == (0, None)
    assert simulated.today == Today(None, None, None), "the simulation has no aggregates"
    people = simulated.online.people
    assert people is not None and abs(people - 10_247) <= stats.SIMULATED_RANGE
    assert simulated.online == Online(people, people, 0, people, 0)
    assert real.source is Source.STALE


@pytest.mark.django_db
def test_a_setting_changes_the_window(settings: Any) -> None:
    settings.LANDING_ACTIVE_WINDOW_MINUTES = 30

    assert stats.snapshot().window_minutes == 30


@given(st.integers(0, 10**9), st.datetimes(timezones=st.just(UTC), min_value=YEAR_2000))
def test_the_simulated_count_stays_near_its_base_and_changes_by_at_most_one(
    base: int, now: datetime
) -> None:
    people = stats.simulate_people(base, now)
    later = stats.simulate_people(base, now + timedelta(seconds=stats.SIMULATED_STEP_SECONDS))

    assert people >= 0
    assert abs(people - base) <= stats.SIMULATED_RANGE
    assert abs(later - people) <= 1


def test_the_simulated_count_moves_and_is_the_same_in_every_process() -> None:
    times = [NOON + timedelta(minutes=minute) for minute in range(40)]

    counts = [stats.simulate_people(100, time) for time in times]

    assert len(set(counts)) > stats.SIMULATED_RANGE
    assert counts == [stats.simulate_people(100, time) for time in times]
