"""The rate of visits is smooth, and visits follow it at random."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import fmean, pvariance

import pytest
from pytest_django.fixtures import Settings

from landing.analytics.demo.traffic import Arrivals, Traffic

#: A Monday at midnight, in UTC.
SINCE = datetime(2026, 3, 2, tzinfo=UTC)
NOW = SINCE + timedelta(days=28)
MINUTE, HOUR, DAY = 60, 3_600, 86_400


@pytest.fixture
def traffic(settings: Settings) -> Traffic:
    settings.TIME_ZONE = "UTC"
    return Traffic(SINCE, NOW, Random(5))


def rates(traffic: Traffic, step: int, days: float = 28) -> list[float]:
    first = int(SINCE.timestamp())
    return [traffic.rate(at) for at in range(first, first + int(days * DAY), step)]


def test_the_rate_has_no_steps(traffic: Traffic) -> None:
    """Neither at the hour nor at midnight, and its slope has none either."""
    found = rates(traffic, MINUTE)
    changes = [after / before - 1 for before, after in pairwise(found)]
    assert max(map(abs, changes)) < 0.012
    assert max(abs(after - before) for before, after in pairwise(changes)) < 0.0005


def test_the_rate_goes_on_after_the_period(traffic: Traffic) -> None:
    end = NOW.timestamp()
    found = [traffic.rate(end + minute * MINUTE) for minute in range(-60, 60)]
    assert max(abs(after / before - 1) for before, after in pairwise(found)) < 0.012


def test_the_rate_follows_the_hours_and_the_weekdays(traffic: Traffic) -> None:
    by_hour = rates(traffic, HOUR)
    night = fmean(by_hour[at] for at in range(len(by_hour)) if at % 24 in (2, 3, 4))
    noon = fmean(by_hour[at] for at in range(len(by_hour)) if at % 24 in (10, 11, 12))
    assert 4 < noon / night < 8
    by_day = [fmean(by_hour[24 * day : 24 * day + 24]) for day in range(28)]
    workdays = fmean(by_day[day] for day in range(28) if day % 7 < 5)
    weekends = fmean(by_day[day] for day in range(28) if day % 7 >= 5)
    assert 1.2 < workdays / weekends < 1.7


def test_the_rate_grows_to_one(traffic: Traffic) -> None:
    found = rates(traffic, HOUR)
    assert 1.3 < fmean(found[-168:]) / fmean(found[:168]) < 2.2
    assert 0.8 < fmean(found[-168:]) < 1.1


def test_a_seed_determines_the_rate() -> None:
    at = NOW.timestamp()
    first, second, other = (Traffic(SINCE, NOW, Random(seed)).rate(at) for seed in (1, 1, 2))
    assert first == second != other


def test_arrivals_follow_the_rate_as_a_poisson_process(traffic: Traffic) -> None:
    """In each hour, the variance of the count is its mean: no spikes, and no regular distances."""
    count = 40_000
    arrivals = Arrivals(traffic, SINCE, NOW)
    found = arrivals.draw(count, Random(7))
    assert found == sorted(found)
    by_hour = Counter((at - int(SINCE.timestamp())) // HOUR for at in found)
    means = [
        count * HOUR * fmean(rates_of_hour) / arrivals.seconds
        for rates_of_hour in zip(*[iter(rates(traffic, 15 * MINUTE))] * 4, strict=True)
    ]
    errors = [(by_hour[hour] - mean) / mean**0.5 for hour, mean in enumerate(means)]
    assert 0.8 < pvariance(errors) < 1.2
    assert abs(fmean(errors)) < 0.2
    assert max(map(abs, errors)) < 5


def test_arrivals_do_not_prefer_seconds_of_the_minute(traffic: Traffic) -> None:
    found = Arrivals(traffic, SINCE, NOW).draw(30_000, Random(9))
    by_second = Counter(at % MINUTE for at in found)
    assert len(by_second) == MINUTE
    assert max(by_second.values()) < 1.3 * min(by_second.values())


def test_a_short_period_has_arrivals(traffic: Traffic) -> None:
    now = SINCE + timedelta(seconds=90)
    found = Arrivals(traffic, SINCE, now).draw(100, Random(1))
    assert all(0 <= at - SINCE.timestamp() < 90 for at in found)
    assert len(set(found)) > 50
