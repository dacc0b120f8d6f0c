from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import override_settings

from landing.analytics.places.storage import TOP, DaySum, add_to_days, record_sample, remove_demo
from landing.dates import unix_minute
from landing.tables.places import PlaceDay, PlaceSample

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

NOW = datetime(2026, 1, 31, 12, 3, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = NOW.date().toordinal()


def samples(at: datetime = NOW) -> dict[str, int]:
    found = PlaceSample.objects.filter(minute=unix_minute(at), is_demo=False)
    return dict(found.values_list("place", "people"))


def days() -> dict[tuple[int, str], tuple[int, int, int]]:
    return {
        (each.day, each.place): (each.samples, each.people_minutes, each.peak_people)
        for each in PlaceDay.objects.all()
    }


def test_the_places_of_a_sample_add_up_to_all_people() -> None:
    record_sample(NOW, 12, {"/": 7, "/pricing": 3})

    assert samples() == {"": 2, "/": 7, "/pricing": 3}


def test_a_day_has_the_sum_and_the_peak_of_its_samples() -> None:
    record_sample(NOW, 12, {"/": 7, "/pricing": 3})
    record_sample(NOW + MINUTE, 5, {"/": 4})
    record_sample(NOW + 2 * MINUTE, 9, {"/": 9})

    assert days() == {
        (DAY, ""): (3, 3, 2),
        (DAY, "/"): (3, 20, 9),
        (DAY, "/pricing"): (1, 3, 3),
    }


def test_a_minute_without_people_is_sampled() -> None:
    record_sample(NOW, 0, {})

    assert samples() == {"": 0}
    assert days() == {(DAY, ""): (1, 0, 0)}


def test_only_the_places_with_the_most_people_are_stored() -> None:
    people_by_place = {f"/{number}": number for number in range(1, TOP + 11)}
    people = sum(people_by_place.values())
    record_sample(NOW, people, people_by_place)

    stored = samples()
    assert sum(stored.values()) == people
    assert stored.pop("") == sum(range(1, 11))
    assert stored == {f"/{number}": number for number in range(11, TOP + 11)}


def test_people_of_an_older_snapshot_make_nobody_elsewhere() -> None:
    record_sample(NOW, 5, {"/": 7})

    assert samples() == {"": 0, "/": 7}


@override_settings(TIME_ZONE="Asia/Kathmandu")
def test_a_day_begins_at_midnight_of_the_site() -> None:
    midnight = datetime(2026, 1, 30, 18, 15, tzinfo=UTC)
    record_sample(midnight - MINUTE, 1, {"/": 1})
    record_sample(midnight, 2, {"/": 2})

    assert days()[DAY - 1, "/"] == (1, 1, 1)
    assert days()[DAY, "/"] == (1, 2, 2)


def test_a_second_sample_of_a_minute_changes_nothing() -> None:
    record_sample(NOW, 1, {"/": 1})
    before = days()

    with pytest.raises(IntegrityError):
        record_sample(NOW, 5, {"/": 5})

    assert (samples(), days()) == ({"": 0, "/": 1}, before)


def test_a_sample_takes_two_statements_however_many_places_it_has(
    django_assert_num_queries: Any,
) -> None:
    people_by_place = {f"/{number}": 1 for number in range(100)}
    for at in (NOW, NOW + MINUTE):
        # Two of them begin and end the inner transactions.
        with django_assert_num_queries(6):
            record_sample(at, 100, people_by_place)


def test_demo_sums_are_stored_beside_the_real_ones() -> None:
    record_sample(NOW, 1, {"/": 1})
    sums = [DaySum(DAY, f"/{number:03}", True, 1, 2, 2) for number in range(250)]
    add_to_days([DaySum(DAY, "/", True, 60, 600, 30), *sums])
    add_to_days(sums)

    assert PlaceDay.objects.filter(is_demo=True).count() == 251
    assert set(PlaceDay.objects.filter(place="/").values_list("is_demo", "people_minutes")) == {
        (False, 1),
        (True, 600),
    }
    assert PlaceDay.objects.get(place="/007").people_minutes == 4


def test_removing_demo_data_keeps_the_samples_of_people() -> None:
    record_sample(NOW, 1, {"/": 1})
    add_to_days([DaySum(DAY, "/", True, 60, 600, 30)])
    PlaceSample.objects.create(minute=unix_minute(NOW) - 1, place="/", people=9, is_demo=True)
    remove_demo()

    assert set(PlaceSample.objects.values_list("place", "people")) == {("", 0), ("/", 1)}
    assert days() == {(DAY, ""): (1, 0, 0), (DAY, "/"): (1, 1, 1)}
