"""The interval between fan-outs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landing.live.broadcast.fanout_budget import MAX_INTERVAL_SECONDS, FanoutBudget

SECONDS = st.floats(0, 100)


def test_a_cheap_fan_out_keeps_the_shortest_interval() -> None:
    budget = FanoutBudget(0.25, share=0.1)
    assert budget.interval_seconds == 0.25
    budget.record(0.025)
    assert budget.interval_seconds == 0.25
    assert not budget.is_over_budget


def test_an_expensive_fan_out_lengthens_the_interval() -> None:
    budget = FanoutBudget(0.25, share=0.1)
    budget.record(0.2)
    assert budget.interval_seconds == pytest.approx(2)
    assert budget.share == pytest.approx(0.1)
    budget.record(0.001)
    assert budget.interval_seconds == 0.25


def test_above_the_longest_interval_the_budget_is_exceeded_and_reported() -> None:
    budget = FanoutBudget(0.25, share=0.1)
    budget.record(1)
    assert budget.interval_seconds == MAX_INTERVAL_SECONDS == 5
    assert budget.is_over_budget
    assert budget.share == 0.2


def test_a_configured_interval_above_the_maximum_is_kept() -> None:
    budget = FanoutBudget(30, share=0.1)
    assert budget.interval_seconds == 30
    budget.record(10)
    assert budget.interval_seconds == 30
    assert budget.is_over_budget


@given(busy_seconds=SECONDS, share=st.floats(0.001, 1), min_seconds=st.floats(0.01, 60))
def test_the_share_is_kept_unless_the_longest_interval_is_reached(
    busy_seconds: float, share: float, min_seconds: float
) -> None:
    budget = FanoutBudget(min_seconds, share)
    budget.record(busy_seconds)
    assert budget.interval_seconds >= min_seconds
    longest = max(MAX_INTERVAL_SECONDS, min_seconds)
    if budget.share > share * 1.000001:
        assert budget.is_over_budget
    if budget.is_over_budget:
        assert budget.interval_seconds == longest
