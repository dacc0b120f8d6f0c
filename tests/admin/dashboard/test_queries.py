from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext, override_settings
from pytest_django import DjangoAssertNumQueries

from landing.admin.dashboard import queries
from landing.admin.dashboard.queries import Entry, UnixMinute
from landing.analytics import history
from landing.dates import unix_minute
from landing.models import DEMO_MARK, Analytics, CountSample
from tests.analytics.rows import analyze, nothing_was_ever_stored, row, visitor

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)
OLD_ROWS, NEW_ROWS = 20_000, 50


def ago(**time: float) -> datetime:
    return NOON - timedelta(**time)


def sample(at: datetime, people: int, **columns: Any) -> None:
    fields = {"people": people, "connections": people, "active": people, "peak_people": people}
    CountSample.objects.create(minute=unix_minute(at), **fields | columns)


@pytest.mark.parametrize("second", [0, 0.001, 30, 59.9])
def test_a_minute_is_the_same_in_the_database_and_here(second: float) -> None:
    at = datetime(2026, 1, 31, 23, 59, tzinfo=UTC) + timedelta(seconds=second)
    row(1, at)

    assert Analytics.objects.values_list(UnixMinute("created_at")).get() == (unix_minute(at),)


def test_everything_is_read_in_nine_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(9):
        queries.read(NOON)


def test_page_views_are_told_by_the_hour_and_those_to_come_are_not_0() -> None:
    for at in (ago(hours=12), ago(hours=1), ago(hours=1, minutes=3), ago(minutes=1)):
        row(1, at)
    row(1, ago(minutes=1), event=Analytics.Event.HEARTBEAT)
    row(1, ago(hours=25))

    read = queries.read(NOON).comparison

    assert read.today_by_hour[:14] == (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, None)
    assert len(read.today_by_hour) == len(read.yesterday_by_hour) == 24
    assert read.yesterday_by_hour[11] == sum(read.yesterday_by_hour) == 1


@override_settings(TIME_ZONE="Asia/Kathmandu")
def test_hours_and_days_are_those_of_the_sites_clock() -> None:
    midnight = datetime(2026, 1, 30, 18, 15, tzinfo=UTC)
    row(1, midnight)
    row(2, midnight - timedelta(minutes=1))

    read = queries.read(NOON).comparison

    assert read.today_by_hour[0] == 1
    assert read.yesterday_by_hour[23] == 1


def test_yesterday_is_compared_up_to_the_same_time_of_day() -> None:
    row(1, ago(days=1, minutes=2))
    row(1, ago(days=1, minutes=1))
    row(2, ago(days=1, minutes=1), event=Analytics.Event.HEARTBEAT)
    row(3, ago(days=1) + timedelta(minutes=1))
    row(4, ago(days=2))

    read = queries.read(NOON).comparison

    assert (read.page_views_before, read.visitors_before) == (2, 2)


@override_settings(TIME_ZONE="Europe/Berlin")
def test_the_same_time_of_day_is_by_the_clock_also_where_a_day_has_23_hours() -> None:
    at = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)

    assert queries.same_time_yesterday(at) == datetime(2026, 3, 28, 11, 0, tzinfo=UTC)


def test_whoever_was_signed_in_at_least_once_today_is() -> None:
    row(1, ago(hours=1))
    row(1, ago(minutes=1), user_id=1)
    row(2, ago(hours=1))
    row(3, ago(hours=2), event=Analytics.Event.HEARTBEAT)
    row(4, ago(hours=3))
    row(5, ago(hours=14), user_id=2)

    assert queries.read(NOON).comparison.signed_in_share == 0.25


def test_without_visitors_nobody_knows_which_share_is_signed_in() -> None:
    assert queries.read(NOON).comparison.signed_in_share is None


def test_the_top_lists_are_of_todays_page_views() -> None:
    for path, views in (("/", 3), ("/b", 1), ("/a", 1)):
        for _ in range(views):
            row(1, ago(hours=1), path=path, referrer_host="news.example" if path == "/" else "")
    row(1, ago(hours=1), path="/", event=Analytics.Event.HEARTBEAT)
    row(1, ago(days=1), path="/yesterday", referrer_host="old.example")

    read = queries.read(NOON)

    assert read.pages == (Entry("/", 3), Entry("/a", 1), Entry("/b", 1))
    assert read.referrers == (Entry("news.example", 3), Entry("", 2))


def test_a_top_list_ends_after_its_tenth_page() -> None:
    for number in range(12):
        row(1, ago(hours=1), path=f"/{number:02}")

    assert [entry.name for entry in queries.read(NOON).pages] == [f"/{n:02}" for n in range(10)]


def test_history_and_peaks_are_as_the_history_tells_them() -> None:
    sample(ago(minutes=2), 17, peak_people=20)
    sample(ago(days=3), 60)

    read = queries.read(NOON)

    assert read.last_hour == history.read_series(1, until=NOON, now=NOON)
    assert read.last_hour.points[-3].people == 17
    assert read.peaks == history.Peaks(today=20, last_7_days=60, last_30_days=60)
    assert (read.last_day.hours, read.last_month.hours) == (24, 720)


@pytest.mark.parametrize(("days", "shown"), [(1, True), (29, True), (31, False)])
def test_demo_samples_are_noticed_where_they_show(days: int, shown: bool) -> None:
    sample(ago(days=days), 1, is_demo=True)
    sample(ago(days=2), 1)

    assert queries.read(NOON).has_demo is shown


@pytest.mark.parametrize(("days", "counted"), [(0, True), (1, True), (2, False)])
def test_demo_rows_are_noticed_where_they_count_also_among_real_samples(
    days: int, counted: bool
) -> None:
    row(1, ago(days=days), data=DEMO_MARK)
    row(1, ago(days=days))
    sample(ago(days=days), 1)

    assert queries.read(NOON).has_demo is counted


def test_what_else_is_noted_of_a_row_makes_it_no_demo_row() -> None:
    row(1, ago(hours=1), data={"demo": False})
    row(1, ago(hours=1), data=DEMO_MARK | {"more": 1})

    assert not queries.read(NOON).has_demo


def test_readings_are_kept_for_a_minute(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first = queries.latest(lambda: NOON)

    with django_assert_num_queries(0):
        assert queries.latest(lambda: NOON + timedelta(seconds=59)) == first
    later = queries.latest(lambda: NOON + timedelta(seconds=60))
    assert later is not None and later.at == NOON + timedelta(seconds=60)


def test_while_somebody_reads_the_others_get_the_last_readings(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first = queries.latest(lambda: NOON)
    cache.add(queries.READING_KEY, True)

    with django_assert_num_queries(0):
        assert queries.latest(lambda: NOON + timedelta(hours=1)) == first


def test_whoever_comes_first_on_a_day_waits_for_the_one_who_reads(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    yesterdays = queries.latest(lambda: ago(days=1))
    cache.add(queries.READING_KEY, True)
    theirs = queries.read(NOON)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            cache.set(queries.CACHE_KEY, theirs)

    with django_assert_num_queries(0):
        assert queries.latest(lambda: NOON, sleep) == theirs != yesterdays
    assert len(waits) == 3
    assert cache.get(queries.READING_KEY)


def test_whoever_waits_reads_as_soon_as_the_other_has_given_up() -> None:
    cache.add(queries.READING_KEY, True)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        cache.delete(queries.READING_KEY)

    read = queries.latest(lambda: NOON, sleep)

    assert read is not None and read.at == NOON
    assert len(waits) == 1
    assert cache.get(queries.READING_KEY) is None


def test_nobody_waits_for_ever_nor_ends_what_another_has_begun() -> None:
    cache.add(queries.READING_KEY, True)
    waits: list[float] = []

    read = queries.latest(lambda: NOON, waits.append)

    assert read is not None and read.at == NOON
    assert sum(waits) == pytest.approx(2)
    assert cache.get(queries.READING_KEY)


def test_while_the_database_is_away_the_last_readings_of_the_day_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = queries.latest(lambda: NOON)

    def fail(at: datetime) -> queries.Readings:
        raise OperationalError("the database is away")

    monkeypatch.setattr(queries, "read", fail)

    assert queries.latest(lambda: NOON + timedelta(hours=1)) == first
    assert queries.latest(lambda: NOON + timedelta(hours=12)) is None
    monkeypatch.undo()
    again = queries.latest(lambda: NOON + timedelta(hours=2))
    assert again is not None and again.at == NOON + timedelta(hours=2)


def test_no_query_reads_the_whole_of_a_table() -> None:
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
        queries.read(NOON)

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
