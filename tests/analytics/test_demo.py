"""Demo rows: made up, but of one piece, and marked."""

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


def made(visitors: int = 200, days: int = 30, seed: int = 1) -> list[Visit]:
    return demo.visits(visitors, demo.first_moment(days, NOW), NOW, Random(seed))


def rows(visits: list[Visit]) -> list[Analytics]:
    return list(demo.analytics_rows(visits, NOW, Random(2)))


def views(visits: list[Visit]) -> list[Analytics]:
    return [each for each in rows(visits) if each.event == Analytics.Event.PAGE_VIEW]


def visit(begins: datetime, minutes: float, visitor: bytes = ANA, tabs: int = 1) -> Visit:
    at = int(begins.timestamp())
    return Visit(at, at + int(60 * minutes), visitor, None, tabs)


# -- visits ------------------------------------------------------------------------------


@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 1000))
def test_each_visitor_comes_at_least_once_between_the_first_moment_and_now(
    visitors: int, days: int, seed: int
) -> None:
    visits = made(visitors, days, seed)
    assert len({each.visitor for each in visits}) == visitors
    assert visits == sorted(visits)
    first = demo.first_moment(days, NOW).timestamp()
    assert all(
        first <= each.begins < each.ends and each.begins < NOW.timestamp() for each in visits
    )


def test_nobody_is_here_twice_at_once_nor_twice_in_a_window() -> None:
    ends: dict[bytes, int] = {}
    returns = 0
    for each in made(500):
        if each.visitor in ends:
            returns += 1
            assert each.begins >= ends[each.visitor] + 15 * 60
        ends[each.visitor] = each.ends
    assert returns > 100


def test_some_come_again_and_a_few_are_signed_in_as_nobody_there_is() -> None:
    visits = made(1_000)
    times = Counter(each.visitor for each in visits)
    assert 350 < sum(count == 1 for count in times.values()) < 750
    users = {each.visitor: each.user for each in visits}
    signed_in = [user for user in users.values() if user is not None]
    assert 20 < len(signed_in) < 120
    assert max(signed_in) < 0


def test_days_are_busier_than_nights_and_weekdays_than_weekends_in_the_sites_time_zone(
    settings: Settings,
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    begun = [datetime.fromtimestamp(each.begins, ZoneInfo("Asia/Tokyo")) for each in made(2_000)]
    hours = Counter(at.hour for at in begun)
    assert sum(hours[hour] for hour in range(10, 16)) > 5 * sum(hours[hour] for hour in range(6))
    days = Counter(at.weekday() for at in begun)
    assert days[5] + days[6] < days[1] + days[2]


def test_the_same_seed_makes_the_same_and_another_one_something_else() -> None:
    assert made(seed=1) == made(seed=1) != made(seed=2)


# -- rows --------------------------------------------------------------------------------


def test_rows_are_marked_come_in_order_of_time_and_reach_up_to_now() -> None:
    found = rows(made(2_000))
    assert all(each.data == {"demo": True} for each in found)
    moments = [each.created_at for each in found]
    assert moments == sorted(moments)
    assert NOW - timedelta(minutes=30) < moments[-1] <= NOW


def test_each_visit_begins_with_a_page_view_which_alone_has_a_referrer() -> None:
    visits = made()
    first = {(each.visitor, each.begins) for each in visits}
    found = views(visits)
    led = [each for each in found if each.referrer_host]
    assert led
    for each in led:
        assert (each.visitor_id, int(each.created_at.timestamp())) in first
    assert len(found) > 1.5 * len(visits)


def test_a_handful_of_pages_is_seen_most_and_many_seldom() -> None:
    paths = Counter(each.path for each in views(made(2_000)))
    often = sum(count for _, count in paths.most_common(6))
    assert len(paths) > 50
    assert often > sum(paths.values()) / 2


def test_heartbeats_are_of_the_last_day_at_common_moments_and_one_a_visitor() -> None:
    beats = [each for each in rows(made(2_000)) if each.event == Analytics.Event.HEARTBEAT]
    moments = {each.created_at for each in beats}
    assert NOW - timedelta(days=1) < min(moments) and max(moments) <= NOW
    assert all(at.timestamp() % 300 == 0 for at in moments)
    assert len({(each.created_at, each.visitor_id) for each in beats}) == len(beats)


@pytest.mark.django_db
def test_rows_fit_the_table() -> None:
    found = rows(made(50, 3))
    Analytics.objects.bulk_create(found)
    assert demo.rows().count() == len(found)


@pytest.mark.django_db
def test_a_row_with_other_data_is_no_demo_row() -> None:
    for data in ({}, {"demo": False}, {"demo": "true"}, {"demo": 1}, {"demo": None}):
        row(data=data)
    row(data={"demo": True, "other": True})
    row(data={"demo": True})
    assert demo.rows().count() == 1


# -- samples -----------------------------------------------------------------------------

SINCE = NOW - timedelta(hours=1, minutes=30, seconds=20)


def samples(visits: list[Visit], taken: Collection[int] = ()) -> dict[int, CountSample]:
    return {each.minute: each for each in demo.count_samples(visits, SINCE, NOW, taken)}


def test_a_sample_counts_who_is_there_when_its_minute_begins() -> None:
    noon = SINCE.replace(minute=20, second=30)
    found = samples([visit(noon, 3), visit(noon + timedelta(minutes=1), 1, BEN, tabs=2)])
    first = unix_minute(noon)
    counts = [(found[first + n].people, found[first + n].connections) for n in range(5)]
    assert counts == [(0, 0), (1, 1), (2, 3), (1, 1), (0, 0)]
    active = [found[first + n].active for n in (0, 1, 2, 18, 19, 20)]
    assert active == [0, 1, 2, 1, 0, 0]


def test_there_is_a_sample_for_each_minute_before_this_one_and_none_of_it() -> None:
    found = samples([visit(NOW - timedelta(minutes=5), 60)])
    assert list(found) == list(range(unix_minute(SINCE), unix_minute(NOW)))
    assert all(each.is_demo and each.minutes == 1 for each in found.values())
    assert found[unix_minute(NOW) - 1].people == 1


def test_minutes_that_are_taken_are_left_out() -> None:
    taken = {unix_minute(NOW) - 7}
    assert set(samples([])) - set(samples([], taken)) == taken
