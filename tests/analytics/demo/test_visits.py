"""Simulated visits: their visitors, times, and stays."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from statistics import fmean, median
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from landing.analytics import demo
from landing.analytics.demo import visits
from tests.analytics.demo.simulated import NOW, simulate


@example(40, 60, 0)
@hypothesis_settings(max_examples=25)
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
    assert 100 < len(signed_in) < 300
    assert max(signed_in) < 0


def test_traffic_peaks_by_day_and_on_weekdays_in_the_time_zone_of_the_site(
    settings: Settings,
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    starts = [
        datetime.fromtimestamp(each.begins, ZoneInfo("Asia/Tokyo")) for each in simulate(2_000)
    ]
    hours = Counter(at.hour for at in starts)
    assert sum(hours[hour] for hour in range(10, 16)) > 4 * sum(hours[hour] for hour in range(6))
    days = Counter(at.weekday() for at in starts)
    assert days[5] + days[6] < days[1] + days[2]


def test_a_seed_determines_the_visits() -> None:
    assert simulate(seed=1) == simulate(seed=1) != simulate(seed=2)


def test_stays_have_a_long_tail() -> None:
    stays = [each.ends - each.begins for each in simulate(2_000) if not each.signs_up]
    assert 570 < median(stays) < 770
    assert fmean(stays) > 1.7 * median(stays)
    assert 0.9 < fmean(stays) / visits.mean_stay_seconds() < 1.1
    assert max(stays) <= visits.MAX_STAY_SECONDS + 1


def test_a_visitor_is_anonymous_signs_up_once_and_is_a_user_from_then_on() -> None:
    found: dict[bytes, list[str]] = {}
    for each in simulate(1_000):
        state = "signs up" if each.signs_up else "anonymous" if each.user is None else "user"
        found.setdefault(each.visitor, []).append(state)
    order = {"anonymous": 0, "signs up": 1, "user": 2}
    assert all(states == sorted(states, key=order.__getitem__) for states in found.values())
    assert all(states.count("signs up") <= 1 for states in found.values())
    users = [states for states in found.values() if states[-1] != "anonymous"]
    new = sum("signs up" in states for states in users)
    assert 0.5 < new / len(users) < 0.9


def test_sign_ups_are_spread_over_the_period() -> None:
    begins = [each.begins for each in simulate(3_000) if each.signs_up]
    middle = NOW.timestamp() - 15 * 86_400
    assert 0.35 < sum(at > middle for at in begins) / len(begins) < 0.75


def test_the_visitors_for_a_count_of_visits_have_about_that_many() -> None:
    since = NOW - timedelta(days=30)
    visitors = demo.visits.count_visitors(9_000, since, NOW)
    found = demo.simulate_visits(visitors, since, NOW, Random(3))
    assert 0.9 < len(found) / 9_000 < 1.1
