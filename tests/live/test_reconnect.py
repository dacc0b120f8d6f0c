"""The spread of reconnects."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from landing.live.reconnect import MIN_SPREAD_MS, RECONNECTS_PER_SECOND, drain_linger_ms, spread_ms
from landing.resilience.backoff import Backoff


@given(st.integers(0, 200_000))
def test_the_spread_is_a_power_of_two_long_enough_for_the_rate(sockets: int) -> None:
    spread = spread_ms(sockets)
    assert spread & (spread - 1) == 0
    assert spread >= MIN_SPREAD_MS
    assert sockets / (spread / 1000) <= RECONNECTS_PER_SECOND * 1.01


@given(st.integers(310, 200_000))
def test_the_spread_is_at_most_twice_the_necessary_time(sockets: int) -> None:
    assert spread_ms(sockets) <= 2 * 1000 * sockets / RECONNECTS_PER_SECOND


def test_people_of_a_drained_worker_count_for_spread_retry_and_grace_period() -> None:
    assert drain_linger_ms(4096, 5.0) == 4096 + MIN_SPREAD_MS + 5000


def test_the_backoff_grows_with_jitter_up_to_a_maximum_and_resets() -> None:
    asked: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        asked.append((low, high))
        return high

    backoff = Backoff(uniform)
    waits = [backoff.next_seconds() for _ in range(40)]
    assert waits[:4] == [0.1, 0.2, 0.4, 0.5]
    assert set(waits[4:]) == {0.5}
    assert all(low == high / 2 for low, high in asked)
    backoff.reset()
    assert backoff.next_seconds() == 0.1
