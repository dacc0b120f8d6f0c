"""How requests share the data of the dashboard."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries

from landing.admin.dashboard import data_cache, queries, ranges
from landing.admin.dashboard.filters import Filter
from landing.admin.dashboard.queries import DashboardData
from landing.admin.dashboard.ranges import Range
from tests.admin.dashboard.reads import NOON, TODAY, ago, read

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


def latest(at: datetime, *arguments: Any) -> DashboardData | None:
    return data_cache.get_latest(TODAY, lambda: at, *arguments)


def test_data_of_several_days_is_cached_for_five_minutes(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    week = ranges.preset("7-days", TODAY.last)
    data_cache.get_latest(week, lambda: NOON)
    later = NOON + timedelta(minutes=5)

    with django_assert_num_queries(0):
        data_cache.get_latest(week, lambda: later - timedelta(seconds=1))
    read_again = data_cache.get_latest(week, lambda: later)
    assert read_again is not None and read_again.at == later


def test_each_range_is_cached() -> None:
    for name in ranges.PRESETS:
        shown = ranges.preset(name, date(2026, 1, 31))
        found = data_cache.get_latest(shown, lambda: NOON)
        assert found is not None and found.shown == shown


def test_data_is_cached_for_a_minute(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first = latest(NOON)

    with django_assert_num_queries(0):
        assert latest(NOON + timedelta(seconds=59)) == first
    later = latest(NOON + timedelta(seconds=60))
    assert later is not None and later.at == NOON + timedelta(seconds=60)


def test_while_one_request_reads_others_get_the_last_data(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first = latest(NOON)
    cache.add(data_cache.lock_key(TODAY), True)

    with django_assert_num_queries(0):
        assert latest(NOON + timedelta(hours=1)) == first


def test_without_data_of_today_a_request_waits_for_the_reader(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    yesterdays = latest(ago(days=1))
    cache.add(data_cache.lock_key(TODAY), True)
    fresh = read()
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            cache.set(data_cache.cache_key(TODAY), fresh)

    with django_assert_num_queries(0):
        assert latest(NOON, sleep) == fresh != yesterdays
    assert len(waits) == 3
    assert cache.get(data_cache.lock_key(TODAY))


def test_a_waiting_request_reads_once_the_lock_is_free() -> None:
    cache.add(data_cache.lock_key(TODAY), True)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        cache.delete(data_cache.lock_key(TODAY))

    data = latest(NOON, sleep)

    assert data is not None and data.at == NOON
    assert len(waits) == 1
    assert cache.get(data_cache.lock_key(TODAY)) is None


def test_a_waiting_request_reads_after_two_seconds_and_keeps_the_lock() -> None:
    cache.add(data_cache.lock_key(TODAY), True)
    waits: list[float] = []

    data = latest(NOON, waits.append)

    assert data is not None and data.at == NOON
    assert sum(waits) == pytest.approx(2)
    assert cache.get(data_cache.lock_key(TODAY))


def test_during_an_outage_the_last_data_of_today_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = latest(NOON)

    def fail(shown: Range, at: datetime, only: Filter) -> DashboardData:
        raise OperationalError("the database is unavailable")

    monkeypatch.setattr(queries, "read_data", fail)

    assert latest(NOON + timedelta(hours=1)) == first
    assert latest(NOON + timedelta(hours=12)) is None
    monkeypatch.undo()
    again = latest(NOON + timedelta(hours=2))
    assert again is not None and again.at == NOON + timedelta(hours=2)
