"""The dashboard's queries and the cache of their result."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext, override_settings
from pytest_django import DjangoAssertNumQueries

from landing.admin.dashboard import data_cache, queries
from landing.admin.dashboard.queries import TopEntry, UnixMinute
from landing.admin.dashboard.site_time import same_time_yesterday
from landing.analytics import history
from landing.dates import unix_minute
from landing.models import DEMO_MARK, Analytics, CountSample
from tests.analytics.rows import analyze, nothing_was_ever_stored, row, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)
OLD_ROWS, NEW_ROWS = 20_000, 50


def ago(**time: float) -> datetime:
    return NOON - timedelta(**time)


def sample(at: datetime, people: int, **columns: Any) -> None:
    fields = {"people": people, "connections": people, "active": people, "peak_people": people}
    CountSample.objects.create(minute=unix_minute(at), **fields | columns)


@pytest.mark.parametrize("second", [0, 0.001, 30, 59.9])
def test_the_database_computes_the_same_unix_minute(second: float) -> None:
    at = datetime(2026, 1, 31, 23, 59, tzinfo=UTC) + timedelta(seconds=second)
    row(1, at)

    assert Analytics.objects.values_list(UnixMinute("created_at")).get() == (unix_minute(at),)


def test_reading_takes_nine_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(9):
        queries.read_data(NOON)


def test_page_views_are_counted_by_hour_and_future_hours_are_none() -> None:
    for at in (ago(hours=12), ago(hours=1), ago(hours=1, minutes=3), ago(minutes=1)):
        row(1, at)
    row(1, ago(minutes=1), event=Analytics.Event.HEARTBEAT)
    row(1, ago(hours=25))

    data = queries.read_data(NOON).comparison

    assert data.today_by_hour[:14] == (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, None)
    assert len(data.today_by_hour) == len(data.yesterday_by_hour) == 24
    assert data.yesterday_by_hour[11] == sum(data.yesterday_by_hour) == 1


@override_settings(TIME_ZONE="Asia/Kathmandu")
def test_hours_and_days_are_in_site_time() -> None:
    midnight = datetime(2026, 1, 30, 18, 15, tzinfo=UTC)
    row(1, midnight)
    row(2, midnight - timedelta(minutes=1))

    data = queries.read_data(NOON).comparison

    assert data.today_by_hour[0] == 1
    assert data.yesterday_by_hour[23] == 1


def test_yesterday_is_compared_up_to_the_same_time_of_day() -> None:
    row(1, ago(days=1, minutes=2))
    row(1, ago(days=1, minutes=1))
    row(2, ago(days=1, minutes=1), event=Analytics.Event.HEARTBEAT)
    row(3, ago(days=1) + timedelta(minutes=1))
    row(4, ago(days=2))

    data = queries.read_data(NOON).comparison

    assert (data.page_views_before, data.visitors_before) == (2, 2)


@override_settings(TIME_ZONE="Europe/Berlin")
def test_the_same_time_yesterday_is_right_on_a_day_with_23_hours() -> None:
    at = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)

    assert same_time_yesterday(at) == datetime(2026, 3, 28, 11, 0, tzinfo=UTC)


def test_the_signed_in_share_counts_visitors_who_signed_in_today() -> None:
    row(1, ago(hours=1))
    row(1, ago(minutes=1), user_id=1)
    row(2, ago(hours=1))
    row(3, ago(hours=2), event=Analytics.Event.HEARTBEAT)
    row(4, ago(hours=3))
    row(5, ago(hours=14), user_id=2)

    assert queries.read_data(NOON).comparison.signed_in_share == 0.25


def test_the_signed_in_share_without_visitors_is_none() -> None:
    assert queries.read_data(NOON).comparison.signed_in_share is None


def test_the_top_lists_count_the_page_views_of_today() -> None:
    for path, views in (("/", 3), ("/b", 1), ("/a", 1)):
        for _ in range(views):
            row(1, ago(hours=1), path=path, referrer_host="news.example" if path == "/" else "")
    row(1, ago(hours=1), path="/", event=Analytics.Event.HEARTBEAT)
    row(1, ago(days=1), path="/yesterday", referrer_host="old.example")

    data = queries.read_data(NOON)

    assert data.pages == (TopEntry("/", 3), TopEntry("/a", 1), TopEntry("/b", 1))
    assert data.referrers == (TopEntry("news.example", 3), TopEntry("", 2))


def test_a_top_list_has_ten_entries() -> None:
    for number in range(12):
        row(1, ago(hours=1), path=f"/{number:02}")

    assert [entry.name for entry in queries.read_data(NOON).pages] == [
        f"/{n:02}" for n in range(10)
    ]


def test_history_and_peaks_equal_those_of_the_history_module() -> None:
    sample(ago(minutes=2), 17, peak_people=20)
    sample(ago(days=3), 60)

    data = queries.read_data(NOON)

    assert data.last_hour == history.read_series(1, until=NOON, now=NOON)
    assert data.last_hour.points[-3].people == 17
    assert data.peaks == history.Peaks(today=20, last_7_days=60, last_30_days=60)
    assert (data.last_day.hours, data.last_month.hours) == (24, 720)


@pytest.mark.parametrize(("days", "shown"), [(1, True), (29, True), (31, False)])
def test_demo_samples_are_detected_within_thirty_days(days: int, shown: bool) -> None:
    sample(ago(days=days), 1, is_demo=True)
    sample(ago(days=2), 1)

    assert queries.read_data(NOON).has_demo is shown


@pytest.mark.parametrize(("days", "counted"), [(0, True), (1, True), (2, False)])
def test_demo_rows_are_detected_on_the_two_days(days: int, counted: bool) -> None:
    row(1, ago(days=days), data=DEMO_MARK)
    row(1, ago(days=days))
    sample(ago(days=days), 1)

    assert queries.read_data(NOON).has_demo is counted


def test_rows_with_other_data_are_not_demo_rows() -> None:
    row(1, ago(hours=1), data={"demo": False})
    row(1, ago(hours=1), data=DEMO_MARK | {"more": 1})

    assert not queries.read_data(NOON).has_demo


def test_data_is_cached_for_a_minute(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first = data_cache.get_latest(lambda: NOON)

    with django_assert_num_queries(0):
        assert data_cache.get_latest(lambda: NOON + timedelta(seconds=59)) == first
    later = data_cache.get_latest(lambda: NOON + timedelta(seconds=60))
    assert later is not None and later.at == NOON + timedelta(seconds=60)


def test_while_one_request_reads_others_get_the_last_data(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first = data_cache.get_latest(lambda: NOON)
    cache.add(data_cache.LOCK_KEY, True)

    with django_assert_num_queries(0):
        assert data_cache.get_latest(lambda: NOON + timedelta(hours=1)) == first


def test_without_data_of_today_a_request_waits_for_the_reader(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    yesterdays = data_cache.get_latest(lambda: ago(days=1))
    cache.add(data_cache.LOCK_KEY, True)
    fresh = queries.read_data(NOON)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            cache.set(data_cache.CACHE_KEY, fresh)

    with django_assert_num_queries(0):
        assert data_cache.get_latest(lambda: NOON, sleep) == fresh != yesterdays
    assert len(waits) == 3
    assert cache.get(data_cache.LOCK_KEY)


def test_a_waiting_request_reads_once_the_lock_is_free() -> None:
    cache.add(data_cache.LOCK_KEY, True)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        cache.delete(data_cache.LOCK_KEY)

    data = data_cache.get_latest(lambda: NOON, sleep)

    assert data is not None and data.at == NOON
    assert len(waits) == 1
    assert cache.get(data_cache.LOCK_KEY) is None


def test_a_waiting_request_reads_after_two_seconds_and_keeps_the_lock() -> None:
    cache.add(data_cache.LOCK_KEY, True)
    waits: list[float] = []

    data = data_cache.get_latest(lambda: NOON, waits.append)

    assert data is not None and data.at == NOON
    assert sum(waits) == pytest.approx(2)
    assert cache.get(data_cache.LOCK_KEY)


def test_during_an_outage_the_last_data_of_today_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = data_cache.get_latest(lambda: NOON)

    def fail(at: datetime) -> queries.DashboardData:
        raise OperationalError("the database is unavailable")

    monkeypatch.setattr(queries, "read_data", fail)

    assert data_cache.get_latest(lambda: NOON + timedelta(hours=1)) == first
    assert data_cache.get_latest(lambda: NOON + timedelta(hours=12)) is None
    monkeypatch.undo()
    again = data_cache.get_latest(lambda: NOON + timedelta(hours=2))
    assert again is not None and again.at == NOON + timedelta(hours=2)


def test_no_query_scans_a_whole_table() -> None:
    nothing_was_ever_stored()
    Analytics.objects.bulk_create(
        Analytics(visitor_id=visitor(n), event="page_view", created_at=ago(days=10, minutes=n))
        for n in range(OLD_ROWS)
    )
    for number in range(NEW_ROWS):
        row(number, ago(minutes=number))
    first = unix_minute(ago(days=60))
    CountSample.objects.bulk_create(
        CountSample(minute=minute, people=1, connections=1, active=1, peak_people=1)
        for minute in range(first, first + OLD_ROWS)
    )
    analyze()

    with CaptureQueriesContext(connection) as captured:
        queries.read_data(NOON)

    for query in captured:
        plan = plan_of(query["sql"])
        assert "Seq Scan" not in plan, (query["sql"], plan)
        assert "SCAN landing_" not in plan, (query["sql"], plan)
        assert "landing_analytics_window" in plan or "landing_analytics" not in query["sql"], plan


def plan_of(sql: str) -> str:
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN (FORMAT JSON) "
    with connection.cursor() as cursor:
        cursor.execute(explain + sql)
        return json.dumps(cursor.fetchall())
