"""Demo samples of places derive from the page views of the simulated visits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest

from landing.analytics import demo
from landing.analytics.demo import PlaceTrails, Visit
from landing.analytics.places import history, storage
from landing.analytics.write_buffer.insert import PendingRow
from landing.dates import unix_minute
from landing.tables.places import PlaceDay, PlaceSample
from tests.analytics.demo.simulated import ANA, BEN, NOW, simulate, visit

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

MINUTE = timedelta(minutes=1)
TEN_MINUTES_AGO = NOW - 10 * MINUTE


def view(visitor: bytes, ago: float, path: str) -> PendingRow:
    return PendingRow(visitor, None, "page_view", path, "", NOW - ago * MINUTE)


def store(visits: Sequence[Visit], rows: Sequence[PendingRow], *taken: int) -> None:
    trails = PlaceTrails(visits)
    assert list(trails.follow(rows)) == list(rows)
    trails.store(NOW - timedelta(days=1), NOW, taken)


def last_minutes(*places: str) -> dict[str, tuple[int | None, ...]]:
    return history.last_minutes(places, 10, now=NOW - MINUTE)


def test_a_visit_is_at_the_page_that_it_viewed_last_until_it_ends() -> None:
    visits = [visit(TEN_MINUTES_AGO, 8, ANA), visit(TEN_MINUTES_AGO + 4 * MINUTE, 60, BEN)]
    rows = [view(ANA, 10, "/"), view(ANA, 7, "/pricing/"), view(BEN, 6, "/pricing")]
    store(visits, rows)

    assert last_minutes("/", "/pricing", "") == {
        "/": (0, 1, 1, 1, 0, 0, 0, 0, 0, 0),
        "/pricing": (0, 0, 0, 0, 1, 2, 2, 2, 2, 1),
        "": (0,) * 10,
    }


def test_a_later_visit_begins_at_its_own_page() -> None:
    visits = [visit(TEN_MINUTES_AGO, 2, ANA), visit(TEN_MINUTES_AGO + 5 * MINUTE, 2, ANA)]
    store(visits, [view(ANA, 10, "/"), view(ANA, 5, "/about")])

    assert last_minutes("/", "/about") == {
        "/": (0, 1, 1, 0, 0, 0, 0, 0, 0, 0),
        "/about": (0, 0, 0, 0, 0, 0, 1, 1, 0, 0),
    }


def test_a_private_page_is_elsewhere() -> None:
    store([visit(TEN_MINUTES_AGO, 8, ANA)], [view(ANA, 10, "/checkout/"), view(ANA, 5, "/")])

    assert last_minutes("/", "")[""] == (0, 1, 1, 1, 1, 1, 0, 0, 0, 0)
    assert not PlaceDay.objects.filter(place="/checkout").exists()


def test_a_minute_with_a_real_sample_gets_no_demo_sample() -> None:
    storage.record_sample(NOW - 3 * MINUTE, 5, {"/": 5})
    taken = unix_minute(NOW - 3 * MINUTE)
    store([visit(TEN_MINUTES_AGO, 60, ANA)], [view(ANA, 10, "/")], taken)

    assert last_minutes("/")["/"][-3:] == (5, 1, 1)
    sums = PlaceDay.objects.get(place="/", is_demo=True)
    assert (sums.samples, sums.people_minutes, sums.peak_people) == (8, 8, 1)


def test_the_people_of_a_minute_are_those_of_its_sample() -> None:
    visits = simulate(visitors=300, days=2)
    trails = PlaceTrails(visits)
    since = demo.start_of(2, NOW)
    for _ in trails.follow(demo.analytics_rows(visits, NOW, Random(1))):
        pass
    trails.store(since, NOW, ())

    people = {each.minute: each.people for each in demo.count_samples(visits, since, NOW)}
    minutes = range(unix_minute(NOW) - history.MAX_MINUTES, unix_minute(NOW))
    stored = dict.fromkeys(minutes, 0)
    for minute, count in PlaceSample.objects.values_list("minute", "people"):
        stored[minute] += count
    assert stored == {minute: people[minute] for minute in minutes}
    assert sum(PlaceDay.objects.values_list("people_minutes", flat=True)) == sum(people.values())
    assert set(PlaceSample.objects.values_list("is_demo", flat=True)) == {True}
