"""The spread of reconnects, and the backoff."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from landing.live.reconnect_spread import (
    FAILED_ATTEMPT_MS,
    MIN_SPREAD_MS,
    RECONNECTS_PER_SECOND,
    covers_reconnect,
    drain_linger_ms,
    spread_ms,
)
from landing.resilience.backoff import Backoff


@given(st.integers(0, 200_000))
def test_the_spread_is_a_power_of_two_that_keeps_the_rate(connections: int) -> None:
    spread = spread_ms(connections)
    assert spread & (spread - 1) == 0
    assert spread >= MIN_SPREAD_MS
    assert connections / (spread / 1000) <= RECONNECTS_PER_SECOND * 1.01


@given(st.integers(620, 200_000))
def test_the_spread_is_at_most_twice_the_shortest_possible(connections: int) -> None:
    assert spread_ms(connections) <= 2 * 1000 * connections / RECONNECTS_PER_SECOND


def test_a_grace_period_covers_a_reconnect_from_the_spread_plus_one_retry_on() -> None:
    least_ms = MIN_SPREAD_MS + FAILED_ATTEMPT_MS
    assert covers_reconnect(least_ms / 1000)
    assert not covers_reconnect((least_ms - 1) / 1000)


def test_a_drain_keeps_people_for_the_spread_plus_one_retry_and_the_grace_period() -> None:
    assert drain_linger_ms(4096, 5.0) == 4096 + FAILED_ATTEMPT_MS + 5000


def test_the_backoff_doubles_to_a_maximum_with_jitter_and_can_be_reset() -> None:
    ranges: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        ranges.append((low, high))
        return high

    backoff = Backoff(uniform)
    waits = [backoff.next_seconds() for _ in range(40)]
    assert waits[:4] == [0.1, 0.2, 0.4, 0.5]
    assert set(waits[4:]) == {0.5}
    assert all(low == high / 2 for low, high in ranges)
    backoff.reset()
    assert backoff.next_seconds() == 0.1
