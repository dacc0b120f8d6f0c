from __future__ import annotations

import pytest

from landing.limits.frame_rate import MAX_EXCESS_SECONDS, SILENCE_SECONDS, FrameRate, frame_cost
from landing.limits.rate_limits import Rate


@pytest.mark.parametrize(("size_bytes", "cost"), [(0, 1), (4095, 1), (4096, 2), (65_536, 17)])
def test_a_long_frame_costs_as_much_as_several(size_bytes: int, cost: int) -> None:
    assert frame_cost(size_bytes) == cost


def test_a_burst_is_free_and_the_next_frame_waits() -> None:
    frames = FrameRate(Rate(per_second=10, burst=20))
    for _ in range(20):
        assert not frames.wait_seconds(100.0)
        frames.spend(100.0, 1)

    assert frames.wait_seconds(100.0) == pytest.approx(0.1)
    assert not frames.wait_seconds(100.2)


def test_a_connection_that_exceeds_its_rate_for_long_abuses_it() -> None:
    frames = FrameRate(Rate(per_second=10, burst=20))
    frames.spend(100.0, 100)

    assert not frames.is_abused(100.0)
    assert not frames.is_abused(100.0 + MAX_EXCESS_SECONDS - 0.1)
    assert frames.is_abused(100.0 + MAX_EXCESS_SECONDS)


def test_a_silent_connection_begins_again() -> None:
    frames = FrameRate(Rate(per_second=10, burst=20))
    frames.spend(100.0, 30)
    assert not frames.is_abused(100.0)
    frames.spend(104.0, 1)

    assert not frames.is_abused(100.0 + MAX_EXCESS_SECONDS)


def test_the_time_that_a_connection_had_to_wait_is_no_silence() -> None:
    frames = FrameRate(Rate(per_second=10, burst=20))
    frames.spend(100.0, 1)
    assert not frames.is_abused(100.0)
    frames.end_wait(104.0)
    frames.spend(104.0 + SILENCE_SECONDS / 2, 1)

    assert frames.is_abused(100.0 + MAX_EXCESS_SECONDS)


def test_a_connection_that_is_silent_after_its_wait_begins_again() -> None:
    frames = FrameRate(Rate(per_second=10, burst=20))
    frames.spend(100.0, 1)
    assert not frames.is_abused(100.0)
    frames.end_wait(104.0)
    frames.spend(104.0 + SILENCE_SECONDS, 1)

    assert not frames.is_abused(100.0 + MAX_EXCESS_SECONDS)


def test_without_a_limit_no_frame_waits() -> None:
    frames = FrameRate(Rate(per_second=0, burst=1))
    frames.spend(100.0, 1_000_000)

    assert not frames.wait_seconds(100.0)
