from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from landing.analytics import history, retention
from landing.analytics.retention import Task, Work
from landing.analytics.rollups.counting import count_new_rows
from landing.dates import day_start, site_day, unix_minute
from landing.models import Analytics, CountSample
from landing.tables.stays import StayCount
from tests.analytics.rows import analyze, nothing_was_ever_stored, row, store_many, visitor

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

NOW = datetime(2026, 6, 30, 12, 30, tzinfo=UTC)
#: The first hour that is not rolled up.
KEPT_FROM = datetime(2026, 5, 31, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
HEARTBEAT = Analytics.Event.HEARTBEAT


def sample(at: datetime, people: int = 1, **columns: Any) -> CountSample:
    counts = {"connections": people, "active": people, "peak_people": people, **columns}
    return CountSample.objects.create(minute=unix_minute(at), people=people, **counts)


DONE = tuple(Work(task, 0) for task in Task)


def prune(days: int = 90) -> list[Work]:
    return list(retention.prune(NOW, days))


def stored() -> list[dict[str, Any]]:
    return list(CountSample.objects.order_by("minute").values())


# -- rows of analytics -------------------------------------------------------------------


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

    sum(count_new_rows())
    waiting = retention.estimate(NOW, 90)
    before = (Analytics.objects.count(), CountSample.objects.count())
    done = prune()

    assert before == (500, 250)
    assert dict(_total(done)) == dict(_total(waiting))
    assert all(rows for rows, _ in dict(_total(waiting)).values())
    assert retention.estimate(NOW, 90) == DONE
    assert min(StayCount.objects.values_list("slot", flat=True)) == unix_minute(NOW - 90 * DAY)


def _total(works: Iterable[Work]) -> Iterator[tuple[Task, tuple[int, int]]]:
    works = list(works)
    for task in Task:
        done = [work for work in works if work.task == task]
        yield task, (sum(work.rows for work in done), sum(work.hours for work in done))


# -- samples -----------------------------------------------------------------------------


def test_an_old_hour_is_rolled_up_into_its_first_sample() -> None:
    hour = KEPT_FROM - HOUR
    sample(hour + 5 * MINUTE, people=2, connections=4, active=None, peak_people=9)
    sample(hour + 7 * MINUTE, people=5, connections=8, active=7, peak_people=5)
    sample(hour + 59 * MINUTE, people=5, connections=8, active=8, peak_people=6)

    assert prune() == [Work(Task.SAMPLES, 3, 1)]

    assert stored() == [
        {
            "minute": unix_minute(hour) + 5,
            "people": 4,
            "connections": 7,
            "active": 8,
            "peak_people": 9,
            "minutes": 3,
            "is_demo": False,
        }
    ]


def test_an_hour_that_is_only_partly_old_is_not_rolled_up() -> None:
    for minutes in range(60):
        sample(KEPT_FROM + minutes * MINUTE)

    assert prune() == []
    assert CountSample.objects.count() == 60


def test_an_hour_without_active_counts_keeps_none() -> None:
    for minutes in range(3):
        sample(KEPT_FROM - HOUR + minutes * MINUTE, active=None)

    prune()

    assert [each["active"] for each in stored()] == [None]


def test_demo_samples_and_real_ones_are_not_merged() -> None:
    hour = KEPT_FROM - HOUR
    for minutes in range(0, 60, 2):
        sample(hour + minutes * MINUTE, people=100, is_demo=True)
        sample(hour + (minutes + 1) * MINUTE, people=2)

    prune()

    assert [(each["people"], each["minutes"], each["is_demo"]) for each in stored()] == [
        (100, 30, True),
        (2, 30, False),
    ]


def test_a_late_sample_in_a_rolled_up_hour_has_the_weight_of_one_minute() -> None:
    hour = KEPT_FROM - HOUR
    sample(hour, people=10, peak_people=20, minutes=59)
    sample(hour + 59 * MINUTE, people=70)

    prune()

    assert [(each["people"], each["peak_people"], each["minutes"]) for each in stored()] == [
        (11, 70, 60)
    ]


def test_a_failed_batch_leaves_its_hours_unchanged(monkeypatch: Any) -> None:
    for minutes in range(60):
        sample(KEPT_FROM - HOUR + minutes * MINUTE, people=minutes)
    before = stored()

    def refuse(execute: Any, sql: str, *arguments: Any) -> Any:
        if sql.startswith("DELETE"):
            raise KeyboardInterrupt
        return execute(sql, *arguments)

    with connection.execute_wrapper(refuse), pytest.raises(KeyboardInterrupt):
        prune()

    assert stored() == before


@pytest.mark.django_db(transaction=True)
def test_concurrent_runs_do_the_work_once(monkeypatch: Any) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 100)
    _store([(-minutes - 1, minutes // 60, 0, None, False) for minutes in range(600)], KEPT_FROM)
    store_many(
        Analytics,
        (
            {"visitor_id": visitor(n), "event": "page_view", "created_at": NOW - 100 * DAY}
            for n in range(600)
        ),
    )

    def run(_: int) -> list[Work]:
        try:
            return prune()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        done = [work for works in pool.map(run, range(3)) for work in works]

    assert dict(_total(done)) == {
        Task.DWELL_ROWS: (0, 0),
        Task.PAGE_VIEWS: (600, 0),
        Task.SAMPLES: (600, 10),
        Task.ROLLUPS: (0, 0),
        Task.STAYS: (0, 0),
    }
    assert [each["people"] for each in stored()] == list(range(10))[::-1]
    assert not Analytics.objects.exists()


def test_a_batch_has_whole_hours_and_few_queries(
    monkeypatch: Any, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(retention, "BATCH_ROWS", 150)
    for minutes in range(240):
        sample(KEPT_FROM - (minutes + 1) * MINUTE)
    run = retention.prune(NOW, 90)

    with django_assert_max_num_queries(11):
        first = next(run)

    assert first == Work(Task.SAMPLES, 120, 2)
    assert list(run) == [Work(Task.SAMPLES, 120, 2)]


Samples = list[tuple[int, int, int, int | None, bool]]

SAMPLES = st.lists(
    st.tuples(
        st.integers(0, 6 * 60 - 1),
        st.integers(0, 50),
        st.integers(0, 90),
        st.none() | st.integers(0, 60),
        st.booleans(),
    ),
    max_size=40,
    unique_by=lambda each: each[0],
)


def _store(samples: Samples, since: datetime) -> None:
    CountSample.objects.all().delete()
    first = unix_minute(since)
    CountSample.objects.bulk_create(
        CountSample(
            minute=first + minute,
            people=people,
            connections=connections,
            active=active,
            peak_people=people,
            is_demo=is_demo,
        )
        for minute, people, connections, active, is_demo in samples
    )


def _hourly(since: datetime) -> list[tuple[datetime, int | None, int | None]]:
    points = history.read_series(6, limit=6, until=since + 6 * HOUR - MINUTE, now=NOW).points
    return [(point.at, point.people, point.peak_people) for point in points]


@settings(max_examples=40)
@given(SAMPLES, st.integers(0, 12))
def test_rolling_up_keeps_hours_and_peaks(samples: Samples, hours_later: int) -> None:
    since = KEPT_FROM - 6 * HOUR
    real = [each for each in samples if not each[4]]
    _store(real, since)
    before, weight = _hourly(since), len(real)

    list(retention.prune(NOW - hours_later * HOUR, 90))
    assert _hourly(since) == before

    list(retention.prune(NOW, 90))
    assert _hourly(since) == before
    assert sum(each["minutes"] for each in stored()) == weight


@settings(max_examples=40)
@given(SAMPLES, st.integers(0, 7), st.integers(60, 200))
def test_pruning_is_idempotent_for_any_batch_size(
    samples: Samples, stops_after: int, batch_rows: int
) -> None:
    since = KEPT_FROM - 5 * HOUR
    _store(samples, since)
    prune()
    at_once = stored()

    _store(samples, since)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention, "BATCH_ROWS", batch_rows)
        for _ in zip(range(stops_after), retention.prune(NOW - 2 * HOUR, 90), strict=False):
            pass
        prune()
        prune()

    assert stored() == at_once
    for kind in (False, True):
        assert sum(each["minutes"] for each in at_once if each["is_demo"] is kind) == sum(
            each[4] is kind for each in samples
        )


@settings(max_examples=25)
@given(SAMPLES)
def test_the_mean_of_rolled_up_hours_is_the_mean_of_their_minutes(samples: Samples) -> None:
    since = KEPT_FROM - 6 * HOUR
    _store(samples, since)

    def means() -> list[tuple[int | None, int | None, int | None]]:
        found = history.read_series(6, limit=1, until=since + 6 * HOUR - MINUTE, now=NOW).points
        return [(each.people, each.connections, each.peak_people) for each in found]

    before = means()
    prune()

    for (people, connections, peak), (people_now, connections_now, peak_now) in zip(
        before, means(), strict=True
    ):
        assert peak == peak_now
        assert (people is None) == (people_now is None)
        assert abs((people or 0) - (people_now or 0)) <= 1
        assert abs((connections or 0) - (connections_now or 0)) <= 1


# -- cost --------------------------------------------------------------------------------


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

    assert done == [task for task in Task if task not in (Task.ROLLUPS, Task.STAYS)]
    assert len(seen) >= 9
    assert [sql[:300] for sql in seen if _reads_whole_table(sql)] == []
