from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landing.limits.rate_limits import Rate, RateLimits


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_is_free_and_then_the_rate_applies(clock: Clock) -> None:
    limits: RateLimits[str] = RateLimits(Rate(per_second=2, burst=3), clock)

    assert [limits.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now += 0.5
    assert [limits.take("a") for _ in range(2)] == [0, 0.5]


def test_a_refused_attempt_costs_nothing(clock: Clock) -> None:
    limits: RateLimits[str] = RateLimits(Rate(per_second=1, burst=1), clock)
    limits.take("a")

    for _ in range(100):
        assert limits.take("a") == 1
    clock.now += 1
    assert limits.take("a") == 0


def test_what_was_spent_over_the_limit_must_be_waited_for(clock: Clock) -> None:
    limits: RateLimits[str] = RateLimits(Rate(per_second=10, burst=20), clock)

    limits.spend("a", cost=120)

    assert limits.wait_seconds("a") == pytest.approx(10.1)
    assert limits.wait_seconds("b") == 0


def test_a_rate_of_zero_limits_nothing(clock: Clock) -> None:
    limits: RateLimits[str] = RateLimits(Rate(per_second=0, burst=0), clock)

    assert [limits.take("a") for _ in range(1_000)] == [0] * 1_000
    limits.spend("a", cost=1_000)
    assert limits.wait_seconds("a") == 0
    assert len(limits) == 0


def test_the_keys_that_are_remembered_are_bounded(clock: Clock) -> None:
    limits: RateLimits[int] = RateLimits(Rate(per_second=1, burst=1), clock, max_keys=100)

    for key in range(1_000):
        limits.take(key)

    assert len(limits) == 100
    assert limits.take(999) > 0
    assert limits.take(0) == 0


def test_keys_with_their_full_burst_are_forgotten(clock: Clock) -> None:
    limits: RateLimits[int] = RateLimits(Rate(per_second=1, burst=2), clock)
    for key in range(1_000):
        limits.take(key)
    assert len(limits) == 1_000

    clock.now += 1
    for _ in range(500):
        limits.take(0)
        clock.now += 1
    assert len(limits) == 1


@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from([0.0, 0.2, 1.0, 3.0])), max_size=200
    )
)
def test_a_forgotten_key_is_limited_as_a_remembered_one(steps: list[tuple[str, float]]) -> None:
    clock = Clock()
    limits: RateLimits[str] = RateLimits(Rate(per_second=2, burst=3), clock)
    alone = {key: RateLimits[str](Rate(per_second=2, burst=3), clock) for key in "abcdef"}
    for key, seconds in steps:
        clock.now += seconds
        assert limits.take(key) == alone[key].take(key)


@given(
    steps=st.lists(st.floats(min_value=0, max_value=3), max_size=200),
    burst=st.integers(min_value=1, max_value=10),
)
def test_no_interval_has_more_than_the_burst_and_the_rate(steps: list[float], burst: int) -> None:
    clock = Clock()
    limits: RateLimits[str] = RateLimits(Rate(per_second=2, burst=burst), clock)
    taken = []
    for step in steps:
        clock.now += step
        if not limits.take("a"):
            taken.append(clock.now)

    for first, begin in enumerate(taken):
        for last in range(first, len(taken)):
            count = last - first + 1
            assert count <= burst + 2 * (taken[last] - begin) + 1e-6
