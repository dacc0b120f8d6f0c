from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landing.analytics import history, samples
from landing.analytics.history import Peaks, Point
from landing.dates import unix_minute
from landing.models import CountSample

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

NOW = datetime(2026, 1, 31, 12, 3, 20, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def record(at: datetime, people: int = 1, connections: int = 1, active: int | None = 1) -> bool:
    return samples.record_sample(at, people=people, connections=connections, active=active)


def known(points: tuple[Point, ...]) -> list[Point]:
    return [point for point in points if point.people is not None]


# -- the series --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "limit", "step_minutes", "points"),
    [
        (1, 288, 1, 60),
        (4, 288, 1, 240),
        (5, 288, 2, 150),
        (24, 288, 5, 288),
        (25, 288, 10, 150),
        (24, 24, 60, 24),
        (24, 1, 1440, 1),
        (168, 288, 60, 168),
        (719, 288, 180, 240),
        (8784, 288, 2880, 183),
        (8784, 1, 527_040, 1),
    ],
)
def test_the_step_is_the_finest_round_one_within_the_limit(
    hours: int, limit: int, step_minutes: int, points: int
) -> None:
    series = history.read_series(hours, limit=limit, now=NOW)

    assert (series.step_minutes, len(series.points)) == (step_minutes, points)


def test_a_period_that_may_be_rolled_up_has_hourly_steps() -> None:
    minutely = history.read_series(1, until=NOW - 30 * DAY + HOUR, now=NOW)
    hourly = history.read_series(1, until=NOW - 30 * DAY + HOUR - MINUTE, now=NOW)
    daily = history.read_series(24, until=NOW - 60 * DAY, now=NOW)

    assert (minutely.step_minutes, len(minutely.points)) == (1, 60)
    assert (hourly.step_minutes, len(hourly.points)) == (60, 1)
    assert (daily.step_minutes, len(daily.points)) == (60, 24)


def test_the_last_point_includes_the_end_and_the_first_starts_within_the_period() -> None:
    series = history.read_series(24, until=NOW, now=NOW)

    assert series.points[-1].at == NOW.replace(minute=0, second=0)
    assert series.points[0].at == NOW.replace(minute=5, second=0) - DAY


def test_a_point_has_the_means_and_the_peak_of_its_samples() -> None:
    CountSample.objects.create(
        minute=unix_minute(NOW), people=10, connections=20, active=None, peak_people=30, minutes=3
    )
    record(NOW - MINUTE, people=1, connections=1, active=7)
    record(NOW - 2 * MINUTE, people=2, connections=4, active=8)

    (point,) = known(history.read_series(24, until=NOW, now=NOW).points)

    assert point == Point(NOW.replace(minute=0, second=0), 7, 13, 8, 30)


def test_no_people_is_0_and_no_sample_is_none() -> None:
    record(NOW, people=0, connections=0, active=0)

    points = history.read_series(1, until=NOW, now=NOW).points

    assert points[-1] == Point(NOW.replace(second=0), 0, 0, 0, 0)
    assert points[-2] == Point(NOW.replace(second=0) - MINUTE, None, None, None, None)


def test_samples_after_the_end_are_left_out() -> None:
    record(NOW, people=1)
    record(NOW + MINUTE, people=100)

    assert history.read_series(24, until=NOW, now=NOW + HOUR).points[-1].people == 1


def test_a_series_takes_one_query_that_groups_in_the_database(
    django_assert_num_queries: Any,
) -> None:
    for minutes in range(60):
        record(NOW - minutes * MINUTE)

    with django_assert_num_queries(1) as captured:
        history.read_series(24, until=NOW, now=NOW)

    assert "GROUP BY" in captured.captured_queries[0]["sql"]


@pytest.mark.parametrize(
    ("hours", "limit"), [(0, 288), (-1, 288), (8785, 288), (24, 0), (24, -1), (24, 289)]
)
def test_hours_or_a_limit_out_of_range_raise_an_error(hours: int, limit: int) -> None:
    with pytest.raises(ValueError, match="must be from 1 to"):
        history.read_series(hours, limit=limit)


def test_without_until_a_series_ends_now() -> None:
    assert record(datetime.now(UTC), people=5)

    assert [point.people for point in known(history.read_series(1).points)] == [5]


Row = tuple[int, int, int, int | None, int, int]

ROWS = st.lists(
    st.tuples(
        st.integers(-60, 26 * 60),
        st.integers(0, 60),
        st.integers(0, 90),
        st.none() | st.integers(0, 60),
        st.integers(0, 200),
        st.integers(1, 60),
    ),
    max_size=30,
    unique_by=lambda row: row[0],
)


@settings(max_examples=60)
@given(ROWS, st.integers(1, 26), st.integers(1, 288), st.integers(0, 59))
def test_a_series_matches_a_computation_in_python(
    rows: list[Row], hours: int, limit: int, second: int
) -> None:
    until, until_minute = NOW.replace(second=second), unix_minute(NOW)
    CountSample.objects.all().delete()
    for ago, people, connections, active, peak, minutes in rows:
        CountSample.objects.create(
            minute=until_minute - ago,
            people=people,
            connections=connections,
            active=active,
            peak_people=peak,
            minutes=minutes,
        )

    series = history.read_series(hours, limit=limit, until=until, now=NOW + HOUR)

    step = series.step_minutes
    assert len(series.points) <= limit
    assert (len(series.points) - 1) * step < hours * 60 <= len(series.points) * step
    starts = [unix_minute(point.at) for point in series.points]
    assert all(start % step == 0 for start in starts)
    assert starts == list(range(starts[0], starts[-1] + 1, step))
    assert starts[-1] <= until_minute < starts[-1] + step
    for point, start in zip(series.points, starts, strict=True):
        in_point = [
            row for row in rows if start <= until_minute - row[0] < start + step and row[0] >= 0
        ]
        assert (point.people, point.connections, point.active, point.peak_people) == (
            _mean([(row[1], row[5]) for row in in_point]),
            _mean([(row[2], row[5]) for row in in_point]),
            _mean([(row[3], row[5]) for row in in_point if row[3] is not None]),
            max((row[4] for row in in_point), default=None),
        )


def _mean(weighted: list[tuple[int, int]]) -> int | None:
    if not weighted:
        return None
    total = sum(value * weight for value, weight in weighted)
    return int(total / sum(weight for _, weight in weighted) + 0.5)


# -- peaks -------------------------------------------------------------------------------


def test_peaks_cover_today_and_the_last_7_and_30_days(django_assert_num_queries: Any) -> None:
    record(NOW - 31 * DAY, people=99)
    record(NOW - 30 * DAY, people=40)
    record(NOW - 8 * DAY, people=30)
    record(NOW - 7 * DAY, people=25)
    record(NOW - DAY, people=20)
    record(NOW - 12 * HOUR, people=10)

    with django_assert_num_queries(1):
        assert history.read_peaks(NOW) == Peaks(10, 25, 40)


def test_an_hourly_sample_keeps_its_peak() -> None:
    CountSample.objects.create(
        minute=unix_minute(NOW), people=2, connections=2, peak_people=50, minutes=60
    )

    assert history.read_peaks(NOW) == Peaks(50, 50, 50)


def test_without_samples_peaks_are_none() -> None:
    record(NOW - DAY, people=0)

    assert history.read_peaks(NOW) == Peaks(None, 0, 0)
    assert history.read_peaks(NOW + 40 * DAY) == Peaks(None, None, None)


def test_the_peak_of_today_uses_the_time_zone_of_the_site(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    record(datetime(2026, 1, 31, 14, 59, tzinfo=UTC), people=9)
    record(datetime(2026, 1, 31, 15, 0, tzinfo=UTC), people=4)

    assert history.read_peaks(datetime(2026, 1, 31, 16, tzinfo=UTC)).today == 4
