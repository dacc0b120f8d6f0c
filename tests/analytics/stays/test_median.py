"""The buckets of stays, and the median that they give."""

from __future__ import annotations

from collections import Counter
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landing.analytics.stays.median import bucket_of, median_seconds, seconds_of

DAY_MS = 24 * 3600 * 1000


def test_without_stays_there_is_no_median() -> None:
    assert median_seconds({}) is None
    assert median_seconds({7: 0}) is None


def test_stays_below_a_second_are_one_bucket() -> None:
    assert bucket_of(0) == bucket_of(999) != bucket_of(1_000)
    assert seconds_of(bucket_of(0)) == 0.5


@given(stays_ms=st.lists(st.integers(1_000, 30 * DAY_MS), min_size=1, max_size=60))
def test_the_median_differs_from_the_exact_one_by_at_most_5_percent(stays_ms: list[int]) -> None:
    found = median_seconds(Counter(map(bucket_of, stays_ms)))

    assert found == pytest.approx(median(stays_ms) / 1000, rel=0.05)
