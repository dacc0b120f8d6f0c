"""The interval between fan-outs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landing.live.broadcast.fanout_budget import MAX_INTERVAL_SECONDS, FanoutBudget

SECONDS = st.floats(0, 100)


def test_a_cheap_fan_out_happens_once_per_shortest_interval() -> None:
    pace = FanoutBudget(0.25, share=0.1)
    assert pace.interval_seconds == 0.25
    pace.record(0.025)
    assert pace.interval_seconds == 0.25
    assert not pace.is_over_budget


def test_an_expensive_fan_out_is_followed_by_a_longer_pause() -> None:
    pace = FanoutBudget(0.25, share=0.1)
    pace.record(0.2)
    assert pace.interval_seconds == pytest.approx(2)
    assert pace.share == pytest.approx(0.1)
    pace.record(0.001)
    assert pace.interval_seconds == 0.25


def test_the_longest_interval_wins_over_the_share_with_a_warning() -> None:
    pace = FanoutBudget(0.25, share=0.1)
    pace.record(1)
    assert pace.interval_seconds == MAX_INTERVAL_SECONDS == 5
    assert pace.is_over_budget
    assert pace.share == 0.2


def test_a_longer_configured_interval_is_respected() -> None:
    pace = FanoutBudget(30, share=0.1)
    assert pace.interval_seconds == 30
    pace.record(10)
    assert pace.interval_seconds == 30
    assert pace.is_over_budget


@given(busy_seconds=SECONDS, share=st.floats(0.001, 1), min_seconds=st.floats(0.01, 60))
def test_the_share_is_kept_unless_the_longest_interval_is_reached(
    busy_seconds: float, share: float, min_seconds: float
) -> None:
    pace = FanoutBudget(min_seconds, share)
    pace.record(busy_seconds)
    assert pace.interval_seconds >= min_seconds
    longest = max(MAX_INTERVAL_SECONDS, min_seconds)
    if pace.share > share * 1.000001:
        assert pace.is_over_budget
    if pace.is_over_budget:
        assert pace.interval_seconds == longest
