"""The dashboard's queries and the cache of their result."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from pytest_django import DjangoAssertNumQueries

from landing.activity.goals import KindCount
from landing.admin.dashboard import queries, ranges
from landing.admin.dashboard.filters import Filter
from landing.admin.dashboard.lists.entries import TopEntry
from landing.analytics import history
from landing.analytics.places.history import NO_FIGURES, PlaceFigures
from landing.analytics.places.storage import record_sample
from landing.analytics.rollups import changes
from landing.analytics.stays import storage as stays
from landing.analytics.stays.median import bucket_of
from landing.dates import unix_minute
from landing.models import DEMO_MARK, Activity, Analytics, CountSample
from tests.admin.dashboard.reads import NOON, TODAY, ago, read
from tests.analytics.rows import (
    analyze,
    nothing_was_ever_stored,
    row,
    store_many,
    visitor,
)

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


OLD_ROWS, NEW_ROWS = 20_000, 50


def sample(at: datetime, people: int, **columns: Any) -> None:
    fields = {"people": people, "connections": people, "active": people, "peak_people": people}
    CountSample.objects.create(minute=unix_minute(at), **fields | columns)


@pytest.mark.parametrize(
    ("name", "most"), [("today", 23), ("yesterday", 11), ("7-days", 23), ("30-days", 23)]
)
def test_reading_takes_few_queries_whatever_the_rows(
    django_assert_num_queries: DjangoAssertNumQueries, name: str, most: int
) -> None:
    for number in range(30):
        row(number, ago(hours=number), path=f"/{number}")
        record_sample(ago(days=number), 2, {f"/{number}": 1, "/": 1})
    read(name)
    with django_assert_num_queries(most):
        queries.read_data(ranges.preset(name, TODAY.last), NOON)


def test_page_views_of_a_day_are_counted_by_hour_and_future_hours_are_none() -> None:
    for at in (ago(hours=12), ago(hours=1), ago(hours=1, minutes=3), ago(minutes=1)):
        row(1, at)
    row(1, ago(minutes=1), event=Analytics.Event.HEARTBEAT)
    row(1, ago(hours=25))

    data = read()

    assert data.page_views[:14] == (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, None)
    assert len(data.page_views) == len(data.page_views_before) == 24
    assert data.page_views_before[11] == sum(data.page_views_before) == 1
    assert data.figures.page_views == 4


def test_page_views_of_several_days_are_counted_by_day() -> None:
    for days in (0, 0, 1, 6, 7, 13, 14):
        row(1, ago(days=days, minutes=1))

    data = read("7-days")

    assert data.page_views == (1, 0, 0, 0, 0, 1, 2)
    assert data.page_views_before == (1, 0, 0, 0, 0, 0, 1)
    assert (data.figures.page_views, data.figures_before.page_views) == (4, 2)


@override_settings(TIME_ZONE="Asia/Kathmandu")
def test_hours_and_days_are_in_site_time() -> None:
    midnight = datetime(2026, 1, 30, 18, 15, tzinfo=UTC)
    row(1, midnight)
    row(2, midnight - timedelta(minutes=1))

    data = read()

    assert data.page_views[0] == 1
    assert data.page_views_before[23] == 1


def test_a_range_with_today_is_compared_up_to_the_same_time_of_day() -> None:
    row(1, ago(days=1, minutes=2))
    row(1, ago(days=1, minutes=1))
    row(2, ago(days=1, minutes=1), event=Analytics.Event.HEARTBEAT)
    row(3, ago(days=1) + timedelta(minutes=1))
    row(4, ago(days=2))

    before = read().figures_before

    assert (before.page_views, before.visitors) == (2, 2)
    assert read("yesterday").figures.page_views == 3


def test_a_visitor_of_several_days_counts_once_in_a_range() -> None:
    for number, days in ((1, 0), (1, 1), (1, 5), (2, 5), (1, 8), (3, 9), (3, 10)):
        row(number, ago(days=days, minutes=1))

    data = read("7-days")

    assert (data.figures.visitors, data.figures_before.visitors) == (2, 2)
    assert (read().figures.visitors, read("30-days").figures.visitors) == (1, 3)


def test_the_signed_in_visitors_are_those_who_signed_in_within_the_range() -> None:
    row(1, ago(hours=1))
    row(1, ago(minutes=1), user_id=1)
    row(2, ago(hours=1))
    row(3, ago(hours=2), event=Analytics.Event.HEARTBEAT)
    row(4, ago(hours=3))
    row(4, ago(days=3), user_id=2)
    row(5, ago(hours=26), user_id=2)

    assert read().figures.signed_in_share == 0.25
    assert read().figures_before.signed_in_share == 1
    assert read("7-days").figures.signed_in == 3
    assert read("yesterday").figures_before.signed_in_share is None


def test_the_top_lists_count_the_page_views_of_the_range_and_of_the_one_before() -> None:
    for path, views in (("/", 3), ("/b", 1), ("/a", 1)):
        for _ in range(views):
            row(1, ago(hours=1), path=path, referrer_host="news.example" if path == "/" else "")
    row(1, ago(hours=1), path="/", event=Analytics.Event.HEARTBEAT)
    row(1, ago(days=1), path="/yesterday", referrer_host="news.example")
    row(1, ago(hours=13), path="/b")

    data = read()

    assert data.pages == (TopEntry("/", 3), TopEntry("/a", 1), TopEntry("/b", 1, 1))
    assert data.referrers == (TopEntry("news.example", 3, 1), TopEntry("", 2, 1))


def test_a_top_list_has_ten_entries() -> None:
    for number in range(12):
        row(1, ago(hours=1), path=f"/{number:02}")

    assert [entry.name for entry in read().pages] == [f"/{n:02}" for n in range(10)]


def test_samples_and_peaks_are_those_of_the_range_and_of_the_one_before() -> None:
    sample(ago(minutes=2), 17, peak_people=20)
    sample(ago(minutes=1), 18, peak_people=20)
    sample(ago(hours=23), 70)
    sample(ago(hours=25), 50)

    data = read()

    assert data.last_hour == history.read_series(1, until=NOON, now=NOON)
    assert [len(each.points) for each in (data.samples, data.samples_before)] == [288, 288]
    assert data.samples.points[0].at == TODAY.start
    assert data.samples.points[144].people == 18
    assert data.figures.peak == history.Peak(20, ago(minutes=2))
    assert data.figures_before.peak == history.Peak(50, ago(hours=25))
    yesterday = read("yesterday").figures.peak
    assert yesterday and yesterday.people == 70


def test_stays_are_counted_up_to_the_same_time_of_day() -> None:
    for at, seconds in ((ago(minutes=5), 60), (ago(hours=25), 30), (ago(hours=23), 900)):
        place = changes.slot_of(at), bucket_of(1000 * seconds)
        stays.add({place: 1})

    now, before = read().figures.stays, read().figures_before.stays

    assert now and now.median_seconds == pytest.approx(60, rel=0.05)
    assert before and before.median_seconds == pytest.approx(30, rel=0.05)
    assert queries.read_data(TODAY, NOON, Filter(path="/")).figures.stays is None


def test_goals_are_counted_up_to_the_same_time_of_day() -> None:
    for at in (ago(minutes=1), ago(days=1, minutes=1), ago(hours=23)):
        Activity.objects.create(kind="purchase", text="bought", created_at=at)

    assert read().goals == (KindCount("purchase", 1, 1),)
    assert queries.read_data(TODAY, NOON, Filter(path="/")).goals == ()


@override_settings(TIME_ZONE="Asia/Kathmandu")
def test_the_points_of_a_long_range_start_at_midnight_of_the_site() -> None:
    sample(ranges.preset("30-days", TODAY.last).start, 17)

    data = read("30-days")

    assert data.samples.points[0].people == 17
    assert data.samples.points[0].at == data.shown.start
    assert len(data.samples.points) == len(data.samples_before.points) == 240


@pytest.mark.parametrize(("days", "shown"), [(1, True), (59, True), (60, False)])
def test_demo_samples_are_detected_within_both_ranges(days: int, shown: bool) -> None:
    sample(ago(days=days), 1, is_demo=True)
    sample(ago(days=2), 1)

    assert read("30-days").has_demo is shown


@pytest.mark.parametrize(("days", "counted"), [(0, True), (1, True), (2, False)])
def test_demo_rows_are_detected_within_both_ranges(days: int, counted: bool) -> None:
    row(1, ago(days=days), data=DEMO_MARK)
    row(1, ago(days=days))
    sample(ago(days=days), 1)

    assert read().has_demo is counted


def test_a_figure_before_ends_within_a_quarter_of_an_hour() -> None:
    at = NOON.replace(minute=10)
    for number, minute in enumerate((1, 9, 10, 11)):
        row(number, at.replace(day=30, minute=minute), user_id=number % 2 or None)
    row(0, at.replace(day=30, hour=3), user_id=7)
    row(1, at.replace(day=29))

    before = read("today", at).figures_before
    assert (before.page_views, before.visitors, before.signed_in) == (3, 2, 2)
    before = read("7-days", at + timedelta(days=6)).figures_before
    assert (before.page_views, before.visitors, before.signed_in) == (4, 2, 2)


def test_rows_with_other_data_are_not_demo_rows() -> None:
    row(1, ago(hours=1), data={"demo": False})
    row(1, ago(hours=1), data=DEMO_MARK | {"more": 1})

    assert not read().has_demo


def test_no_query_scans_a_whole_table() -> None:
    nothing_was_ever_stored()
    store_many(
        Analytics,
        (
            {
                "visitor_id": visitor(n),
                "event": "page_view",
                "created_at": ago(days=10, minutes=n),
            }
            for n in range(OLD_ROWS)
        ),
    )
    for number in range(NEW_ROWS):
        row(number, ago(minutes=number))
    first = unix_minute(ago(days=60))
    store_many(
        CountSample,
        (
            {"minute": minute, "people": 1, "connections": 1, "active": 1, "peak_people": 1}
            for minute in range(first, first + OLD_ROWS)
        ),
    )
    read()
    analyze()

    with CaptureQueriesContext(connection) as captured:
        queries.read_data(TODAY, NOON)

    for query in captured:
        plan = plan_of(query["sql"])
        assert "Seq Scan on landing_analytics" not in plan, (query["sql"], plan)
        assert "Seq Scan on landing_countsample" not in plan, (query["sql"], plan)
        assert "SCAN landing_" not in plan, (query["sql"], plan)


def plan_of(sql: str) -> str:
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN (FORMAT JSON) "
    with connection.cursor() as cursor:
        cursor.execute(explain + sql)
        return json.dumps(cursor.fetchall())


def test_people_by_page_are_those_of_the_whole_days_of_the_range() -> None:
    for days, people in ((0, 4), (6, 2), (7, 9), (14, 100)):
        record_sample(ago(days=days), 10, {"/": people})

    assert read("7-days").places.top == (PlaceFigures("/", 3.0, 4, 9.0),)
    assert read("today").places.top == (PlaceFigures("/", 4.0, 4, None),)
    assert queries.read_data(TODAY, NOON, Filter(path="/")).places == NO_FIGURES
