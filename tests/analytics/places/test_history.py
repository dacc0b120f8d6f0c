from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from landing.analytics.places import history
from landing.analytics.places.history import NO_FIGURES, PlaceFigures
from landing.analytics.places.storage import DaySum, add_to_days, record_sample

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

NOW = datetime(2026, 1, 31, 12, 3, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TODAY = date(2026, 1, 31)
ONE_DAY = timedelta(days=1)
YESTERDAY = TODAY - ONE_DAY


def test_the_last_minutes_end_with_the_current_one() -> None:
    for ago, people in ((2, 3), (1, 5), (0, 4)):
        record_sample(NOW - ago * MINUTE, 9, {"/": people})

    assert history.last_minutes(["/"], 4, now=NOW) == {"/": (None, 3, 5, 4)}


def test_the_current_minute_is_left_out_until_it_has_a_sample() -> None:
    for ago, people in ((2, 3), (1, 5)):
        record_sample(NOW - ago * MINUTE, 9, {"/": people})

    assert history.last_minutes(["/"], 2, now=NOW) == {"/": (3, 5)}


def test_a_place_without_people_has_none_only_in_minutes_that_are_not_sampled() -> None:
    record_sample(NOW - 3 * MINUTE, 2, {"/": 2})
    record_sample(NOW - MINUTE, 3, {"/pricing": 1})
    record_sample(NOW, 0, {})

    assert history.last_minutes(["/", "/pricing", "/new", ""], 4, now=NOW) == {
        "/": (2, None, 0, 0),
        "/pricing": (0, None, 1, 0),
        "/new": (0, None, 0, 0),
        "": (0, None, 2, 0),
    }


def test_without_samples_all_minutes_are_unknown() -> None:
    assert history.last_minutes(["/"], 3, now=NOW) == {"/": (None, None, None)}
    assert history.last_minutes([], 3, now=NOW) == {}


@pytest.mark.parametrize("minutes", [0, -1, history.MAX_MINUTES + 1])
def test_a_wrong_number_of_minutes_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match=rf"minutes must be from 1 to 1440 \(got {minutes}\)"):
        history.last_minutes(["/"], minutes, now=NOW)


def test_the_minutes_of_many_places_take_one_query(django_assert_num_queries: Any) -> None:
    record_sample(NOW, 9, {"/": 9})

    with django_assert_num_queries(1):
        found = history.last_minutes([f"/{number}" for number in range(100)], now=NOW)
    assert all(len(each) == 30 for each in found.values())


def read(limit: int = 10, shown: history.Days = (TODAY, TODAY)) -> history.RangeFigures:
    first, last = shown
    length = last - first + ONE_DAY
    return history.read_ranges(shown, (first - length, last - length), limit)


def store(day: date, people_minutes: dict[str, int], samples: int = 60, peak: int = 9) -> None:
    add_to_days(
        DaySum(day.toordinal(), place, False, samples, people, peak)
        for place, people in sorted({"": 0, **people_minutes}.items())
    )


def test_a_range_has_the_average_people_of_each_place_over_all_samples() -> None:
    store(TODAY, {"": 30, "/": 600, "/pricing": 90}, samples=60, peak=17)
    store(YESTERDAY, {"/pricing": 600, "/old": 60}, samples=120)

    found = read()
    assert (found.samples, found.people, found.elsewhere) == (60, 12.0, 0.5)
    assert found.top == (
        PlaceFigures("/", 10.0, 17, 0.0),
        PlaceFigures("/pricing", 1.5, 17, 5.0),
    )


def test_the_days_of_a_range_are_added() -> None:
    store(TODAY, {"/": 60}, samples=60, peak=4)
    store(YESTERDAY, {"/": 120, "/old": 60}, samples=60, peak=8)

    found = read(shown=(YESTERDAY, TODAY))
    assert found.top == (
        PlaceFigures("/", 1.5, 8, None),
        PlaceFigures("/old", 0.5, 8, None),
    )


def test_the_places_with_the_most_people_come_first_and_others_in_the_order_of_names() -> None:
    store(TODAY, {"/b": 5, "/a": 5, "/c": 9, "/d": 1})

    assert [each.place for each in read(limit=3).top] == ["/c", "/a", "/b"]


def test_demo_samples_and_real_ones_of_a_day_are_added() -> None:
    store(TODAY, {"/": 60}, samples=60)
    demo = [DaySum(TODAY.toordinal(), place, True, 60, 180, 20) for place in ("", "/")]
    add_to_days(demo)

    assert read().top == (PlaceFigures("/", 2.0, 20, None),)


def test_a_range_without_samples_has_no_figures() -> None:
    store(YESTERDAY, {"/": 60})

    assert read() == NO_FIGURES


def test_a_range_takes_two_queries_however_many_days_it_has(
    django_assert_num_queries: Any,
) -> None:
    for day in range(90):
        store(TODAY - day * ONE_DAY, {f"/{number}": number for number in range(1, 20)})

    with django_assert_num_queries(2):
        assert len(read(shown=(TODAY - 89 * ONE_DAY, TODAY)).top) == 10
