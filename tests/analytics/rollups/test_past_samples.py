"""Samples of past days come from the cache, and those of open days from the table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import override_settings

from landing.analytics import history
from landing.analytics.rollups import past_samples
from landing.analytics.rollups.past_days import ONE_DAY, PastDays
from landing.dates import day_start
from tests.analytics.rows import sample

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

#: Clocks changed on 29 March.
FIRST, LAST = date(2026, 3, 27), date(2026, 4, 2)


@pytest.mark.parametrize("step", [60, 180, 720, 2880])
@pytest.mark.parametrize("open_days", [-1, 0, 1, 2, 6, 7])
def test_the_series_is_that_of_one_read(step: int, open_days: int) -> None:
    past = PastDays(LAST - timedelta(days=open_days), 1)
    with override_settings(TIME_ZONE="Europe/Berlin"):
        start, end = day_start(FIRST), day_start(LAST + ONE_DAY)
        for hours in range(0, 7 * 24, 5):
            sample(start + timedelta(hours=hours), hours)

        for _ in range(2):
            series = past_samples.read_series((FIRST, LAST), step, past)
            assert series == history.read_between(start, end, step)


def test_the_first_of_equal_peaks_is_found_in_past_and_open_days() -> None:
    past = PastDays(LAST, 1)
    until = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)
    assert past_samples.find_peak(FIRST, until, past) is None
    sample(until, 99)
    sample(until - timedelta(hours=1), 5)
    assert past_samples.find_peak(LAST, until, past) == (5, until - timedelta(hours=1))
    sample(until - timedelta(days=2), 5, is_demo=True)

    past = PastDays(LAST, 2)
    assert past_samples.find_peak(FIRST, until, past) == (5, until - timedelta(days=2))
    assert past_samples.has_demo((FIRST, LAST), past)
    assert not past_samples.has_demo((LAST, LAST), past)
