"""Demo samples count the people of the visits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from landing.analytics import demo
from landing.analytics.demo import Visit
from landing.dates import unix_minute
from landing.models import CountSample
from tests.analytics.demo.simulated import BEN, NOW, visit

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
