from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from landing.dates import unix_minute
from landing.models import Analytics, CountSample
from landing.tables.querysets import MergedSample
from tests.analytics.rows import row

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_window_includes_its_oldest_and_its_newest_time() -> None:
    row(1, NOON - 15 * MINUTE)
    row(2, NOON - 15 * MINUTE - timedelta(microseconds=1))
    row(3, NOON)

    assert Analytics.objects.in_window(15, NOON).count_visitors() == 2


def test_a_visitor_with_many_rows_counts_once() -> None:
    for minutes in range(3):
        row(1, NOON - minutes * MINUTE)
    row(2, NOON, event=Analytics.Event.HEARTBEAT)

    assert Analytics.objects.count_visitors() == 2
    assert Analytics.objects.order_by("-created_at").count_visitors() == 2
    assert Analytics.objects.page_views().count_visitors() == 1


def test_a_day_is_in_the_time_zone_of_the_site(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    for at in ("2026-01-30T14:59", "2026-01-30T15:00", "2026-01-31T14:59", "2026-01-31T15:00"):
        row(at=datetime.fromisoformat(f"{at}:00+00:00"))

    assert Analytics.objects.on_day(date(2026, 1, 31)).count() == 2


def test_a_day_that_starts_daylight_saving_time_has_23_hours(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    for hour in range(48):
        row(at=datetime(2026, 3, 28, 12, tzinfo=UTC) + timedelta(hours=hour))

    assert Analytics.objects.on_day(date(2026, 3, 29)).count() == 23


def test_queries_can_be_chained_in_any_order() -> None:
    row(1, NOON, path="/a")
    row(2, NOON, path="/b")
    row(3, NOON, event=Analytics.Event.HEARTBEAT)

    chained = Analytics.objects.filter(path="/a").page_views().on_day(NOON.date())

    assert chained.in_window(15, NOON).count_visitors() == 1


def test_visitors_are_counted_by_the_groups_of_one_subquery() -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        Analytics.objects.in_window(15, NOON).count_visitors()

    (query,) = captured
    assert "COUNT(*) FROM (SELECT" in query["sql"]
    assert "GROUP BY 1" in query["sql"]
    assert "DISTINCT" not in query["sql"]


def test_aggregates_take_one_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        found = Analytics.objects.count_aggregates(NOON, 15)

    assert found == {"active": 0, "visitors": 0, "page_views": 0}


def test_shortly_after_midnight_the_window_includes_yesterday() -> None:
    midnight = datetime(2026, 1, 31, tzinfo=UTC)
    row(1, midnight - 4 * MINUTE)
    row(2, midnight - 4 * MINUTE)
    row(2, midnight + 1 * MINUTE)

    found = Analytics.objects.count_aggregates(midnight + 5 * MINUTE, 15)

    assert found == {"active": 2, "visitors": 1, "page_views": 1}


def test_today_is_in_the_time_zone_of_the_site(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    past_midnight = datetime(2026, 1, 31, 16, tzinfo=UTC)
    row(1, past_midnight - 30 * MINUTE)
    row(2, past_midnight - 90 * MINUTE)

    found = Analytics.objects.count_aggregates(past_midnight, 15)

    assert found == {"active": 0, "visitors": 1, "page_views": 1}


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.integers(-1500, 0),
            st.sampled_from(Analytics.Event.values),
        ),
        max_size=12,
    ),
    st.integers(0, 1439),
    st.integers(1, 60),
)
def test_aggregates_match_a_count_in_python(
    rows: list[tuple[int, int, str]], minute_of_day: int, window_minutes: int
) -> None:
    dwell_rows = {row for row in rows if row[2] == Analytics.Event.HEARTBEAT}
    rows = [row for row in rows if row not in dwell_rows] + list(dwell_rows)
    Analytics.objects.all().delete()
    midnight = datetime(2026, 1, 31, tzinfo=UTC)
    now = midnight + minute_of_day * MINUTE
    stored = [(number, now + minutes * MINUTE, event) for number, minutes, event in rows]
    for number, at, event in stored:
        row(number, at, event=event)
    today = [(number, event) for number, at, event in stored if at >= midnight]

    found = Analytics.objects.count_aggregates(now, window_minutes)

    window_from = now - window_minutes * MINUTE
    assert found == {
        "active": len({number for number, at, _ in stored if at >= window_from}),
        "visitors": len({number for number, _ in today}),
        "page_views": sum(event == "page_view" for _, event in today),
    }
    assert found["active"] == Analytics.objects.in_window(window_minutes, now).count_visitors()


# -- samples -----------------------------------------------------------------------------


def sample(minute: int, people: int = 1, **columns: Any) -> CountSample:
    counts = {"connections": people, "active": people, "peak_people": people, **columns}
    return CountSample(minute=minute, people=people, **counts)


def stored_sample(minute: int, people: int = 1, **columns: Any) -> None:
    sample(minute, people, **columns).save(force_insert=True)


def test_the_unix_minute_is_rounded_down_in_any_time_zone() -> None:
    assert unix_minute(datetime(1970, 1, 1, 1, 0, 59, tzinfo=UTC)) == 60
    assert unix_minute(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1
    assert unix_minute(datetime.fromisoformat("1970-01-01T05:31:00+05:30")) == 1


def test_between_excludes_the_minute_of_its_end() -> None:
    for minutes in range(-1, 4):
        stored_sample(unix_minute(NOON + minutes * MINUTE))

    found = CountSample.objects.between(NOON, NOON + 2 * MINUTE).order_by("minute")

    assert [each.at for each in found] == [NOON, NOON + MINUTE]


def test_the_peak_of_a_day_is_the_highest_since_midnight(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    midnight = datetime(2026, 1, 30, 15, tzinfo=UTC)
    stored_sample(unix_minute(midnight) - 1, people=9)
    assert CountSample.objects.read_peak(NOON) is None

    stored_sample(unix_minute(midnight), people=2, peak_people=5)
    stored_sample(unix_minute(NOON), people=3)
    assert CountSample.objects.read_peak(NOON) == 5


def test_a_sample_is_inserted_only_if_its_minute_has_none() -> None:
    assert CountSample.objects.insert_if_absent(sample(7, people=1))
    assert not CountSample.objects.insert_if_absent(sample(7, people=2, is_demo=True))

    assert [each.people for each in CountSample.objects.all()] == [1]


def test_merged_samples_are_weighted_means_rounded_half_up() -> None:
    stored_sample(62, people=1, connections=2, active=None, peak_people=8, minutes=1)
    stored_sample(119, people=2, connections=3, active=4, peak_people=3, minutes=1)
    stored_sample(120, people=1, connections=1, active=None, peak_people=1, minutes=5)
    stored_sample(130, people=7, connections=0, active=3, peak_people=9, minutes=55)

    merged = sorted(CountSample.objects.order_by("people").merge(60))

    assert merged == [
        MergedSample(60, 62, 2, 2, people=2, connections=3, active=4, peak_people=8),
        MergedSample(120, 120, 2, 60, people=7, connections=0, active=3, peak_people=9),
    ]


def test_merging_takes_one_query_that_returns_one_row_per_step() -> None:
    for minute in range(240):
        stored_sample(minute)

    with CaptureQueriesContext(connection) as captured:
        merged = list(CountSample.objects.merge(120))

    assert len(captured) == 1
    assert len(merged) == 2


def test_the_oldest_hours_are_whole_and_within_the_limit() -> None:
    minutes = [*range(30, 60), *range(60, 120), 125, *range(180, 240)]
    for minute in minutes:
        stored_sample(minute)

    samples = CountSample.objects.order_by("-minute")
    assert samples.oldest_hours(90) == minutes[:90]
    assert samples.oldest_hours(91) == minutes[:91]
    assert samples.oldest_hours(89) == minutes[:30]
    assert samples.oldest_hours(150) == minutes[:91]
    assert samples.oldest_hours(151) == samples.oldest_hours(1000) == minutes
    assert samples.filter(minute__gt=240).oldest_hours(100) == []


def test_each_row_is_a_page_view_or_a_dwell_row() -> None:
    view = row(1, NOON)
    dwell = row(1, NOON, event=Analytics.Event.HEARTBEAT)

    assert [*Analytics.objects.page_views(), *Analytics.objects.dwell_rows()] == [view, dwell]
    assert list(Analytics.objects.dwell_rows().before(NOON)) == []
    assert list(Analytics.objects.dwell_rows().before(NOON + MINUTE)) == [dwell]
