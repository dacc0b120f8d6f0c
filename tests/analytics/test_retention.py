from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from landing.analytics import retention
from landing.analytics.retention import Task, Work
from landing.analytics.rollups.counting import count_new_rows
from landing.dates import day_start, site_day, unix_minute
from landing.models import Analytics, CountSample
from landing.tables.places import PlaceDay, PlaceSample
from landing.tables.stays import StayCount
from tests.analytics.rows import analyze, nothing_was_ever_stored, row, store_many, visitor
from tests.analytics.stored_samples import DAY, KEPT_FROM, MINUTE, NOW, prune, sample, stored, total

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


HEARTBEAT = Analytics.Event.HEARTBEAT
DONE = tuple(Work(task, 0) for task in Task)


def test_page_views_are_kept_for_the_setting_and_dwell_rows_until_yesterday_ends() -> None:
    microsecond = timedelta(microseconds=1)
    yesterday = day_start(site_day(NOW) - DAY)
    kept = [
        row(1, NOW - 90 * DAY),
        row(2, NOW),
        row(3, yesterday, event=HEARTBEAT),
    ]
    row(1, NOW - 90 * DAY - microsecond)
    row(2, NOW - 400 * DAY)
    row(3, yesterday - microsecond, event=HEARTBEAT)
    row(4, NOW - 91 * DAY, event=HEARTBEAT)

    work = prune()

    assert set(Analytics.objects.all()) == set(kept)
    assert work == [Work(Task.DWELL_ROWS, 2), Work(Task.PAGE_VIEWS, 2)]


def test_a_batch_is_bounded_even_if_all_rows_have_one_time(monkeypatch: Any) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 3)
    for number in range(7):
        row(number, NOW - 2 * DAY, event=HEARTBEAT)

    assert [work.rows for work in prune()] == [3, 3, 1]
    assert not Analytics.objects.exists()


def test_a_run_resumes_after_any_batch(monkeypatch: Any) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 60)
    for number in range(150):
        row(number, NOW - 100 * DAY - number * MINUTE)
        sample(KEPT_FROM - (number + 1) * MINUTE)
    row(1, NOW)

    for _ in range(5):
        next(retention.prune(NOW, 90))
    assert retention.estimate(NOW, 90) != DONE
    prune()

    assert Analytics.objects.count() == 1
    assert [(each["minute"] % 60, each["minutes"]) for each in stored()] == [
        (30, 30),
        (0, 60),
        (0, 60),
    ]


def test_the_estimate_matches_the_work_of_a_run(monkeypatch: Any) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 100)
    for number in range(250):
        row(number, NOW - 100 * DAY - number * MINUTE)
        row(number, NOW - 2 * DAY, event=HEARTBEAT)
        sample(KEPT_FROM - 3 * number * MINUTE)
    slots = (unix_minute(NOW - 91 * DAY) + number for number in range(-600, 1442))
    store_many(StayCount, ({"slot": slot, "bucket": 1, "stays": 1} for slot in slots))
    store_places(250)

    sum(count_new_rows())
    waiting = retention.estimate(NOW, 90)
    before = (Analytics.objects.count(), CountSample.objects.count())
    done = prune()

    assert before == (500, 250)
    assert dict(total(done)) == dict(total(waiting))
    assert all(rows for rows, _ in dict(total(waiting)).values())
    assert retention.estimate(NOW, 90) == DONE
    assert min(StayCount.objects.values_list("slot", flat=True)) == unix_minute(NOW - 90 * DAY)


def store_places(count: int) -> None:
    """Store samples and sums of places, one a minute and one a day, up to now."""
    minute, day = unix_minute(NOW), site_day(NOW).toordinal()
    minutes = range(minute - 1440 - count, minute + 1)
    store_many(PlaceSample, ({"minute": minute, "place": "/", "people": 1} for minute in minutes))
    sums = {"place": "/", "samples": 1, "people_minutes": 1, "peak_people": 1}
    store_many(PlaceDay, ({"day": each, **sums} for each in range(day - 90 - count, day + 1)))


def test_samples_of_places_are_kept_for_a_day_and_their_sums_for_the_setting() -> None:
    store_places(20)

    assert prune() == [Work(Task.PLACE_SAMPLES, 20), Work(Task.PLACE_DAYS, 20)]
    minutes = PlaceSample.objects.order_by("minute").values_list("minute", flat=True)
    assert (minutes[0], len(minutes)) == (unix_minute(NOW - DAY), 1441)
    oldest = PlaceDay.objects.order_by("day").values_list("day", flat=True)[0]
    assert oldest == site_day(NOW - 90 * DAY).toordinal()


@pytest.fixture
def full_tables() -> None:
    """Fill the tables with many rows to keep and few to prune, and update the statistics."""
    nothing_was_ever_stored()
    store_many(
        Analytics,
        (
            {
                "visitor_id": visitor(number),
                "event": HEARTBEAT if number % 5 == 0 else Analytics.Event.PAGE_VIEW,
                "created_at": NOW - number * 8 * MINUTE,
            }
            for number in range(20_000)
        ),
    )
    store_many(
        CountSample,
        (
            {"minute": minute, "people": 1, "connections": 1, "peak_people": 1}
            for minute in range(unix_minute(KEPT_FROM) - 1600, unix_minute(NOW), 4)
        ),
    )
    analyze()


def _reads_whole_table(sql: str) -> bool:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            return '"Seq Scan"' in json.dumps(cursor.fetchone()[0])
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        lines = [str(line[3]) for line in cursor.fetchall()]
        return any(line.startswith("SCAN landing") and "INDEX" not in line for line in lines)


def test_a_batch_of_rows_takes_two_queries() -> None:
    for number in range(100):
        row(number, NOW - 100 * DAY)

    with CaptureQueriesContext(connection) as captured:
        assert next(retention.prune(NOW, 90)) == Work(Task.PAGE_VIEWS, 100)

    assert len(_statements(captured.captured_queries)) == 3, "one of them finds no dwell rows"


def test_the_plan_check_detects_a_table_scan() -> None:
    assert _reads_whole_table("SELECT * FROM landing_analytics WHERE path = 'a'")


def _statements(captured: Sequence[dict[str, str]]) -> list[str]:
    words = ("SELECT", "UPDATE", "DELETE")
    return [each["sql"] for each in captured if each["sql"].startswith(words)]


@pytest.mark.usefixtures("full_tables")
def test_no_batch_scans_a_whole_table(monkeypatch: Any) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 500)
    run = retention.prune(NOW, 90)
    done: list[Task] = []
    seen: list[str] = []
    while True:
        with CaptureQueriesContext(connection) as captured:
            work = next(run, None)
        if work is None:
            break
        if work.task not in done:
            seen += _statements(captured.captured_queries)
            done.append(work.task)

    assert done == [Task.DWELL_ROWS, Task.PAGE_VIEWS, Task.SAMPLES]
    assert len(seen) >= 9
    assert [sql[:300] for sql in seen if _reads_whole_table(sql)] == []


def test_no_batch_scans_a_whole_table_of_places(monkeypatch: Any) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 50)
    nothing_was_ever_stored()
    names = [f"/{number}" for number in range(100)]
    minute, day = unix_minute(NOW), site_day(NOW).toordinal()
    minutes = [{"minute": each, "people": 1} for each in range(minute - 1450, minute - 1340)]
    store_many(PlaceSample, ({**each, "place": name} for each in minutes for name in names))
    sums = {"samples": 1, "people_minutes": 1, "peak_people": 1}
    days = [{"day": day - 92 + number, **sums} for number in range(93)]
    store_many(PlaceDay, ({**each, "place": name} for each in days for name in names))
    analyze()

    with CaptureQueriesContext(connection) as captured:
        work = prune()

    assert dict(total(work))[Task.PLACE_SAMPLES] == (1000, 0)
    assert dict(total(work))[Task.PLACE_DAYS] == (200, 0)
    seen = [sql for sql in _statements(captured.captured_queries) if "landing_place" in sql]
    assert len(seen) == 2 * (20 + 4) + 2
    assert [sql[:300] for sql in seen if _reads_whole_table(sql)] == []
