"""The truth harness: the true counts, the errors of screens, and the report."""

from __future__ import annotations

import math

import pytest

from tests.load.truth.report import Bound, Outcome, complaints, table
from tests.load.truth.truth import (
    Held,
    Part,
    Reading,
    Tick,
    Timeline,
    deviation,
    exact_after,
    is_exact,
    largest_deviation,
    largest_error,
    stale_seconds,
)

LINGER = 5.0


def held(
    visitor: bytes = b"v",
    user: str | None = None,
    opened_at: float = 0.0,
    closed_at: float = math.inf,
    process: int = 0,
) -> Held:
    return Held(visitor, user, process, opened_at, closed_at)


def count(*helds: Held, at: float = 1.0, part: Part = Part.PEOPLE) -> int:
    return Timeline(helds, LINGER, part).at(at)


# -- the true count ----------------------------------------------------------------------


def test_the_count_is_zero_before_the_first_socket() -> None:
    assert count() == 0
    assert count(held(opened_at=2)) == 0


def test_several_tabs_of_a_browser_are_one_person() -> None:
    assert count(held(), held(process=1)) == 1
    assert count(held(), held(b"w")) == 2


def test_a_user_on_two_devices_is_one_person() -> None:
    assert count(held(b"v", "ana"), held(b"w", "ana")) == 1
    assert count(held(b"v", "ana"), held(b"w", "bob")) == 2


def test_a_browser_with_a_signed_in_tab_is_that_user() -> None:
    assert count(held(), held(user="ana")) == 1
    assert count(held(), held(user="ana"), held(b"w", "ana"), held(b"w")) == 1


def test_a_browser_without_its_signed_in_tab_is_a_separate_person() -> None:
    tabs = (held(), held(user="ana", closed_at=10), held(b"w", "ana"))
    assert count(*tabs, at=14.9) == 1
    assert count(*tabs, at=15) == 2


def test_people_count_until_the_grace_period_ends() -> None:
    tabs = (held(opened_at=0, closed_at=4), held(opened_at=1, closed_at=2))
    assert [count(*tabs, at=moment) for moment in (0, 8.9, 9)] == [1, 1, 0]


def test_a_return_within_the_grace_period_is_no_departure() -> None:
    tabs = (held(closed_at=10), held(opened_at=14, closed_at=20))
    assert Timeline(tabs, LINGER).during(0, 24.9) == {1}


def test_a_return_after_the_grace_period_is_an_arrival() -> None:
    tabs = (held(closed_at=10), held(opened_at=16))
    assert Timeline(tabs, LINGER).during(0, 20) == {0, 1}


def test_users_are_counted_separately_too() -> None:
    tabs = (held(), held(b"w", "ana"), held(b"x", "ana"), held(b"y", "bob", closed_at=0))
    assert count(*tabs, part=Part.SIGNED_IN) == 2
    assert count(*tabs, part=Part.SIGNED_IN, at=6) == 1


# -- errors of the screens ---------------------------------------------------------------


@pytest.fixture
def growing() -> Timeline:
    """Return a timeline that grows by one person per second, from 1 at 0 s to 10 at 9 s."""
    return Timeline([held(bytes([n]), opened_at=n) for n in range(10)], LINGER)


def tick(at: float, *people: int | None, live: bool = True) -> Tick:
    return Tick(at, [Reading(process, shown, live) for process, shown in enumerate(people)])


def error(timeline: Timeline, at: float, people: int) -> float:
    return deviation(timeline, at, Reading(0, people, live=True)).error


def test_a_count_of_the_last_second_is_not_an_error(growing: Timeline) -> None:
    assert error(growing, 4.5, 5) == 0
    assert error(growing, 4.5, 4) == 0


def test_an_older_count_is_an_error_relative_to_the_truth(
    growing: Timeline,
) -> None:
    assert error(growing, 4.5, 3) == pytest.approx(1 / 4)
    assert error(growing, 4.5, 7) == pytest.approx(2 / 5)


def test_the_largest_error_is_the_error_of_the_worst_process(growing: Timeline) -> None:
    assert largest_error(growing, [tick(4.5, 5, 3), tick(5.5, 6, 6)]) == pytest.approx(1 / 4)


def test_the_largest_deviation_has_its_time_its_direction_and_the_state_of_its_screen(
    growing: Timeline,
) -> None:
    ticks = [tick(4.5, 5), Tick(5.5, (Reading(0, 3, live=True, connected=False),)), tick(6.5, 7)]
    worst = largest_deviation(growing, ticks)
    assert worst is not None
    assert worst.describe(began_at=1.0) == "2 people too few at 4.5 s, reconnecting"


def test_a_scenario_without_errors_has_no_largest_deviation(growing: Timeline) -> None:
    exact = largest_deviation(growing, [tick(4.5, 5)])
    assert exact is not None
    assert exact.describe(began_at=0.0) == "none"
    assert largest_deviation(growing, []) is None


def test_stale_counts_are_neither_errors_nor_exact(growing: Timeline) -> None:
    stale = tick(4.5, 1, live=False)
    assert largest_error(growing, [stale]) == 0
    assert not is_exact(growing, tick(4.5, 5, live=False))
    assert stale_seconds([stale, tick(4.6, 5), stale], 0.1) == pytest.approx(0.2)


def test_exactness_needs_all_living_processes(growing: Timeline) -> None:
    assert is_exact(growing, tick(4.5, 5, 4))
    assert not is_exact(growing, tick(4.5, 5, 3))
    assert not is_exact(growing, tick(4.5, 5, None))
    assert not is_exact(growing, tick(4.5))


def test_exactness_starts_after_the_last_inexact_tick() -> None:
    timeline = Timeline([held()], LINGER)
    ticks = [tick(1, 1), tick(2, 1), tick(3, 9), tick(4, 1), tick(5, 1)]
    assert exact_after(timeline, ticks, since=1.5) == 2.5
    assert exact_after(timeline, ticks, since=3.5) == 0.5
    assert exact_after(timeline, ticks[:3], since=1.5) is None


def test_a_missed_bound_is_named() -> None:
    good, late, never = Bound("a", 1.0, 1), Bound("exact", 7.5, 6, " s"), Bound("b", None, 6, " s")
    outcome = Outcome("kill", 0.25, [7.5, None], 3, 0.1, [good, late, never])
    assert complaints([outcome]) == ["kill: exact: 7.5 s, at most 6", "kill: b: never, at most 6"]
    assert "| kill     | 25.00%        | –          | 7.5 s / never" in table([outcome])
    assert table([outcome]).endswith("| MISSED |")
    assert table([Outcome("kill", bounds=[good])]).endswith("| ok |")
