"""Rolling up the samples of old hours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from landing.analytics import history, retention
from landing.analytics.retention import Task, Work
from landing.dates import unix_minute
from landing.models import Analytics, CountSample
from tests.analytics.rows import store_many, visitor
from tests.analytics.stored_samples import (
    DAY,
    HOUR,
    KEPT_FROM,
    MINUTE,
    NOW,
    prune,
    sample,
    stored,
    total,
)

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


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

    assert dict(total(done)) == {
        Task.DWELL_ROWS: (0, 0),
        Task.PAGE_VIEWS: (600, 0),
        Task.SAMPLES: (600, 10),
        Task.ROLLUPS: (0, 0),
        Task.STAYS: (0, 0),
        Task.PLACE_SAMPLES: (0, 0),
        Task.PLACE_DAYS: (0, 0),
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
