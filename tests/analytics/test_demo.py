"""Demo rows agree with each other and are marked as demo data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from landing.analytics import demo
from landing.analytics.demo import Visit
from landing.dates import unix_minute
from landing.models import Analytics, CountSample
from tests.analytics.rows import row

NOW = datetime(2026, 3, 31, 15, 30, 20, tzinfo=UTC)
ANA, BEN = b"ana".ljust(16), b"ben".ljust(16)


def simulate(visitors: int = 200, days: int = 30, seed: int = 1) -> list[Visit]:
    return demo.simulate_visits(visitors, demo.start_of(days, NOW), NOW, Random(seed))


def rows(visits: list[Visit]) -> list[Analytics]:
    return list(demo.analytics_rows(visits, NOW, Random(2)))


def views(visits: list[Visit]) -> list[Analytics]:
    return [each for each in rows(visits) if each.event == Analytics.Event.PAGE_VIEW]


def visit(begins: datetime, minutes: float, visitor: bytes = ANA, tabs: int = 1) -> Visit:
    at = int(begins.timestamp())
    return Visit(at, at + int(60 * minutes), visitor, None, tabs)


# -- visits ------------------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 1000))
def test_each_visitor_has_a_visit_within_the_period(visitors: int, days: int, seed: int) -> None:
    visits = simulate(visitors, days, seed)
    assert len({each.visitor for each in visits}) == visitors
    assert visits == sorted(visits)
    first = demo.start_of(days, NOW).timestamp()
    assert all(
        first <= each.begins < each.ends and each.begins < NOW.timestamp() for each in visits
    )


def test_visits_of_one_visitor_are_at_least_a_window_apart() -> None:
    ends: dict[bytes, int] = {}
    returns = 0
    for each in simulate(500):
        if each.visitor in ends:
            returns += 1
            assert each.begins >= ends[each.visitor] + 15 * 60
        ends[each.visitor] = each.ends
    assert returns > 100


def test_some_visitors_return_and_a_few_have_a_user_key_without_a_user() -> None:
    visits = simulate(1_000)
    times = Counter(each.visitor for each in visits)
    assert 350 < sum(count == 1 for count in times.values()) < 750
    users = {each.visitor: each.user for each in visits}
    signed_in = [user for user in users.values() if user is not None]
    assert 20 < len(signed_in) < 120
    assert max(signed_in) < 0


def test_traffic_peaks_by_day_and_on_weekdays_in_the_time_zone_of_the_site(
    settings: Settings,
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    starts = [
        datetime.fromtimestamp(each.begins, ZoneInfo("Asia/Tokyo")) for each in simulate(2_000)
    ]
    hours = Counter(at.hour for at in starts)
    assert sum(hours[hour] for hour in range(10, 16)) > 5 * sum(hours[hour] for hour in range(6))
    days = Counter(at.weekday() for at in starts)
    assert days[5] + days[6] < days[1] + days[2]


def test_a_seed_determines_the_visits() -> None:
    assert simulate(seed=1) == simulate(seed=1) != simulate(seed=2)


# -- rows --------------------------------------------------------------------------------


def test_rows_are_marked_and_sorted_and_reach_up_to_now() -> None:
    found = rows(simulate(2_000))
    assert all(each.data == {"demo": True} for each in found)
    times = [each.created_at for each in found]
    assert times == sorted(times)
    assert NOW - timedelta(minutes=30) < times[-1] <= NOW


def test_only_the_first_page_view_of_a_visit_has_a_referrer() -> None:
    visits = simulate()
    first = {(each.visitor, each.begins) for each in visits}
    found = views(visits)
    led = [each for each in found if each.referrer_host]
    assert led
    for each in led:
        assert (each.visitor_id, int(each.created_at.timestamp())) in first
    assert len(found) > 1.5 * len(visits)


def test_a_few_pages_get_most_of_the_views() -> None:
    paths = Counter(each.path for each in views(simulate(2_000)))
    often = sum(count for _, count in paths.most_common(6))
    assert len(paths) > 50
    assert often > sum(paths.values()) / 2


def test_dwell_rows_cover_the_last_day_with_one_per_visitor_and_due_time() -> None:
    dwell_rows = [each for each in rows(simulate(2_000)) if each.event == Analytics.Event.HEARTBEAT]
    times = {each.created_at for each in dwell_rows}
    assert NOW - timedelta(days=1) < min(times) and max(times) <= NOW
    assert all(at.timestamp() % 300 == 0 for at in times)
    assert len({(each.created_at, each.visitor_id) for each in dwell_rows}) == len(dwell_rows)


@pytest.mark.django_db
def test_rows_fit_the_table() -> None:
    found = rows(simulate(50, 3))
    Analytics.objects.bulk_create(found)
    assert demo.stored_rows().count() == len(found)


@pytest.mark.django_db
def test_a_row_with_other_data_is_not_a_demo_row() -> None:
    for data in ({}, {"demo": False}, {"demo": "true"}, {"demo": 1}, {"demo": None}):
        row(data=data)
    row(data={"demo": True, "other": True})
    row(data={"demo": True})
    assert demo.stored_rows().count() == 1


# -- samples -----------------------------------------------------------------------------

SINCE = NOW - timedelta(hours=1, minutes=30, seconds=20)


def samples(visits: list[Visit], taken: Collection[int] = ()) -> dict[int, CountSample]:
    return {each.minute: each for each in demo.count_samples(visits, SINCE, NOW, taken)}


def test_a_sample_counts_the_people_at_the_start_of_its_minute() -> None:
    noon = SINCE.replace(minute=20, second=30)
    found = samples([visit(noon, 3), visit(noon + timedelta(minutes=1), 1, BEN, tabs=2)])
    first = unix_minute(noon)
    counts = [(found[first + n].people, found[first + n].connections) for n in range(5)]
    assert counts == [(0, 0), (1, 1), (2, 3), (1, 1), (0, 0)]
    active = [found[first + n].active for n in (0, 1, 2, 18, 19, 20)]
    assert active == [0, 1, 2, 1, 0, 0]


def test_each_minute_before_the_current_one_has_a_sample() -> None:
    found = samples([visit(NOW - timedelta(minutes=5), 60)])
    assert list(found) == list(range(unix_minute(SINCE), unix_minute(NOW)))
    assert all(each.is_demo and each.minutes == 1 for each in found.values())
    assert found[unix_minute(NOW) - 1].people == 1


def test_taken_minutes_get_no_sample() -> None:
    taken = {unix_minute(NOW) - 7}
    assert set(samples([])) - set(samples([], taken)) == taken
