from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError, connection

from landing.analytics import aggregates
from landing.analytics.aggregates import FigureCache
from landing.live.presence.contract import Aggregates
from landing.querysets import AnalyticsQuerySet, CountSampleQuerySet, Figures
from tests.analytics.rows import row, sample

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
ONE_VIEW = Figures(active=1, visitors=1, page_views=1)
TWO_VIEWS = Figures(active=1, visitors=1, page_views=2)


def counted(table: Aggregates | None) -> Figures | None:
    return Figures(table.active, table.visitors, table.page_views) if table else None


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
def cache(clock: Clock) -> FigureCache:
    return FigureCache(now=clock)


@contextmanager
def database_away() -> Iterator[None]:
    def refuse(*arguments: object) -> None:
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.django_db
def test_the_table_is_read_once_per_refresh_interval(
    cache: FigureCache, clock: Clock, django_assert_num_queries: Any
) -> None:
    row(at=NOON)
    with django_assert_num_queries(2):
        assert counted(cache.get()) == ONE_VIEW
        clock.advance(seconds=4.9)
        assert counted(cache.get()) == ONE_VIEW
        assert counted(async_to_sync(cache.aget)()) == ONE_VIEW

    row(at=NOON)
    clock.advance(seconds=0.1)
    with django_assert_num_queries(2):
        assert counted(async_to_sync(cache.aget)()) == TWO_VIEWS
        assert counted(cache.get()) == TWO_VIEWS


@pytest.mark.django_db
def test_the_interval_is_a_setting(cache: FigureCache, clock: Clock, settings: Any) -> None:
    settings.LANDING_STATS_REFRESH_SECONDS = 60.0
    cache.get()
    row(at=NOON)
    clock.advance(seconds=59)

    assert counted(cache.get()) == Figures(0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_clock_that_is_put_right_makes_the_table_read_again(
    cache: FigureCache, clock: Clock, step: timedelta
) -> None:
    cache.get()
    row(at=NOON + step)
    clock.now += step

    assert counted(cache.get()) == ONE_VIEW


@pytest.mark.django_db
def test_a_new_day_is_read_at_once(cache: FigureCache, clock: Clock) -> None:
    clock.now = NOON.replace(hour=23, minute=59, second=59)
    row(at=clock.now)
    assert counted(cache.get()) == ONE_VIEW

    clock.advance(seconds=1)

    assert counted(cache.get()) == Figures(active=1, visitors=0, page_views=0)


@pytest.mark.django_db
def test_the_last_figures_are_there_without_a_query_until_the_day_ends(
    cache: FigureCache, clock: Clock, django_assert_num_queries: Any
) -> None:
    row(at=NOON)
    assert cache.last() is None
    cache.get()
    clock.advance(hours=1)

    with django_assert_num_queries(0):
        assert counted(cache.last()) == ONE_VIEW
        clock.advance(hours=12)
        assert cache.last() is None


@pytest.mark.django_db
def test_the_days_last_figures_stand_while_the_database_is_away(
    cache: FigureCache, clock: Clock
) -> None:
    row(at=NOON)
    cache.get()

    with database_away():
        clock.advance(hours=1)
        assert counted(cache.get()) == ONE_VIEW
        clock.advance(hours=12)
        assert cache.get() is None


@pytest.mark.django_db
def test_a_database_that_is_away_is_asked_once_per_interval(
    cache: FigureCache, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    asked = 0

    def refuse(*arguments: object) -> None:
        nonlocal asked
        asked += 1
        raise OperationalError("the server is gone")

    with connection.execute_wrapper(refuse):
        for _ in range(3):
            assert cache.get() is None
        clock.advance(seconds=5)
        assert cache.get() is None
    clock.advance(seconds=5)

    assert cache.get() is not None
    assert asked == 2
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


@pytest.mark.django_db
def test_while_one_reads_the_others_get_the_last_figures(
    cache: FigureCache, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row(at=NOON)
    cache.get()
    clock.advance(seconds=10)
    seen: list[Figures | None] = []

    def read(self: AnalyticsQuerySet, *arguments: object) -> Figures:
        seen.append(counted(cache.get()))
        seen.append(counted(async_to_sync(cache.aget)()))
        return TWO_VIEWS

    monkeypatch.setattr(AnalyticsQuerySet, "figures", read)

    assert counted(cache.get()) == TWO_VIEWS
    assert seen == [ONE_VIEW, ONE_VIEW]


def test_the_very_first_readers_wait_for_one_query(
    cache: FigureCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CountSampleQuerySet, "peak_of_day", lambda self, now: None)
    reads: list[int] = []
    may_answer = threading.Event()

    def read(self: AnalyticsQuerySet, *arguments: object) -> Figures:
        reads.append(threading.get_ident())
        may_answer.wait()
        return ONE_VIEW

    monkeypatch.setattr(AnalyticsQuerySet, "figures", read)
    got: list[Aggregates | None] = []
    threads = [threading.Thread(target=lambda: got.append(cache.get())) for _ in range(8)]
    for thread in threads:
        thread.start()
    may_answer.set()
    for thread in threads:
        thread.join()

    assert [counted(table) for table in got] == [ONE_VIEW] * 8
    assert len(reads) == 1


@pytest.mark.django_db
def test_a_reading_knows_its_day_and_its_moment() -> None:
    row(at=NOON)

    assert aggregates.read(NOON) == Aggregates(
        active=1,
        day="2026-01-31",
        visitors=1,
        page_views=1,
        peak_people=None,
        as_of_ms=round(NOON.timestamp() * 1000),
    )


@pytest.mark.django_db
def test_the_days_peak_is_looked_up_only_where_nobody_knows_it(
    django_assert_num_queries: Any,
) -> None:
    sample(NOON - timedelta(hours=13), people=90)
    sample(NOON - timedelta(hours=2), people=40, peak_people=60)
    sample(NOON, people=50)

    with django_assert_num_queries(2):
        looked_up = aggregates.read(NOON)
    with django_assert_num_queries(1):
        known = aggregates.read(NOON, peak_people=70)

    assert looked_up is not None and looked_up.peak_people == 60
    assert known is not None and known.peak_people == 70


@pytest.mark.django_db
def test_nothing_is_read_while_the_database_is_away() -> None:
    with database_away():
        assert aggregates.read(NOON) is None

    assert aggregates.read(NOON) is not None
