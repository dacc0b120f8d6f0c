from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection

from landing.analytics import aggregates_reader
from landing.analytics.aggregates_reader import AggregatesCache
from landing.live.presence.aggregates import Aggregates
from landing.tables.querysets import AnalyticsQuerySet, CountSampleQuerySet
from tests.analytics.rows import row, sample

pytestmark = pytest.mark.each_database

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Counts(NamedTuple):
    """The counts among the aggregates, without day and time."""

    active: int
    visitors: int
    page_views: int


ONE_VIEW = Counts(active=1, visitors=1, page_views=1)
TWO_VIEWS = Counts(active=1, visitors=1, page_views=2)


def counts(found: Aggregates | None) -> Counts | None:
    return Counts(found.active, found.visitors, found.page_views) if found else None


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> AggregatesCache:
    return AggregatesCache(now=clock)


@contextmanager
def database_failing() -> Iterator[None]:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.django_db
def test_the_tables_are_read_once_per_refresh_interval(
    cache: AggregatesCache, clock: Clock, django_assert_num_queries: Any
) -> None:
    row(at=NOON)
    with django_assert_num_queries(2):
        assert counts(cache.get()) == ONE_VIEW
        clock.advance(seconds=4.9)
        assert counts(cache.get()) == ONE_VIEW
        assert counts(async_to_sync(cache.aget)()) == ONE_VIEW

    row(at=NOON)
    clock.advance(seconds=0.1)
    with django_assert_num_queries(2):
        assert counts(async_to_sync(cache.aget)()) == TWO_VIEWS
        assert counts(cache.get()) == TWO_VIEWS


@pytest.mark.django_db
def test_a_setting_changes_the_refresh_interval(
    cache: AggregatesCache, clock: Clock, settings: Any
) -> None:
    settings.LANDING_STATS_REFRESH_SECONDS = 60.0
    cache.get()
    row(at=NOON)
    clock.advance(seconds=59)

    assert counts(cache.get()) == Counts(0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_corrected_clock_causes_another_read(
    cache: AggregatesCache, clock: Clock, step: timedelta
) -> None:
    cache.get()
    row(at=NOON + step)
    clock.now += step

    assert counts(cache.get()) == ONE_VIEW


@pytest.mark.django_db
def test_a_new_day_causes_another_read_at_once(cache: AggregatesCache, clock: Clock) -> None:
    clock.now = NOON.replace(hour=23, minute=59, second=59)
    row(at=clock.now)
    assert counts(cache.get()) == ONE_VIEW

    clock.advance(seconds=1)

    assert counts(cache.get()) == Counts(active=1, visitors=0, page_views=0)


@pytest.mark.django_db
def test_the_last_aggregates_need_no_query_until_the_day_ends(
    cache: AggregatesCache, clock: Clock, django_assert_num_queries: Any
) -> None:
    row(at=NOON)
    assert cache.last() is None
    cache.get()
    clock.advance(hours=1)

    with django_assert_num_queries(0):
        assert counts(cache.last()) == ONE_VIEW
        clock.advance(hours=12)
        assert cache.last() is None


@pytest.mark.django_db
def test_the_last_aggregates_of_the_day_survive_a_database_outage(
    cache: AggregatesCache, clock: Clock
) -> None:
    row(at=NOON)
    cache.get()

    with database_failing():
        clock.advance(hours=1)
        assert counts(cache.get()) == ONE_VIEW
        clock.advance(hours=12)
        assert cache.get() is None


@pytest.mark.django_db
def test_a_failing_database_is_queried_once_per_interval(
    cache: AggregatesCache, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    queries = 0

    def refuse(*arguments: object) -> None:
        nonlocal queries
        queries += 1
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        for _ in range(3):
            assert cache.get() is None
        clock.advance(seconds=5)
        assert cache.get() is None
    clock.advance(seconds=5)

    assert cache.get() is not None
    assert queries == 2
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


@pytest.mark.django_db
def test_during_a_read_other_callers_get_the_last_aggregates(
    cache: AggregatesCache, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row(at=NOON)
    cache.get()
    clock.advance(seconds=10)
    seen: list[Counts | None] = []

    def count(self: AnalyticsQuerySet, *arguments: object) -> dict[str, int]:
        seen.append(counts(cache.get()))
        seen.append(counts(async_to_sync(cache.aget)()))
        return TWO_VIEWS._asdict()

    monkeypatch.setattr(AnalyticsQuerySet, "count_aggregates", count)

    assert counts(cache.get()) == TWO_VIEWS
    assert seen == [ONE_VIEW, ONE_VIEW]


def test_the_first_callers_wait_for_one_query(
    cache: AggregatesCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CountSampleQuerySet, "read_peak", lambda self, now: None)
    reads: list[int] = []
    may_answer = threading.Event()

    def count(self: AnalyticsQuerySet, *arguments: object) -> dict[str, int]:
        reads.append(threading.get_ident())
        may_answer.wait()
        return ONE_VIEW._asdict()

    monkeypatch.setattr(AnalyticsQuerySet, "count_aggregates", count)
    got: list[Aggregates | None] = []
    threads = [threading.Thread(target=lambda: got.append(cache.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    may_answer.set()
    for thread in threads:
        thread.join()

    assert [counts(found) for found in got] == [ONE_VIEW] * 8
    assert len(reads) == 1


@pytest.mark.django_db
def test_aggregates_carry_their_day_and_their_time() -> None:
    row(at=NOON)

    assert aggregates_reader.read(NOON) == Aggregates(
        active=1,
        day="2026-01-31",
        visitors=1,
        page_views=1,
        peak_people=None,
        as_of_ms=round(NOON.timestamp() * 1000),
    )


@pytest.mark.django_db
def test_the_peak_of_the_day_is_queried_only_if_unknown(
    django_assert_num_queries: Any,
) -> None:
    sample(NOON - timedelta(hours=13), people=90)
    sample(NOON - timedelta(hours=2), people=40, peak_people=60)
    sample(NOON, people=50)

    with django_assert_num_queries(2):
        queried = aggregates_reader.read(NOON)
    with django_assert_num_queries(1):
        known = aggregates_reader.read(NOON, peak_people=70)

    assert queried is not None and queried.peak_people == 60
    assert known is not None and known.peak_people == 70


@pytest.mark.django_db
def test_a_read_returns_none_while_the_database_fails() -> None:
    with database_failing():
        assert aggregates_reader.read(NOON) is None

    assert aggregates_reader.read(NOON) is not None
