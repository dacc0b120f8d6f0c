"""The table of stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from landing.analytics.stays import storage
from landing.analytics.stays.median import bucket_of
from landing.dates import unix_minute

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]

START = datetime(2026, 1, 31, tzinfo=UTC)
DAY = timedelta(days=1)
NOW, BEFORE = (START, START + DAY), (START - DAY, START - DAY / 2)


def add(at: datetime, seconds: float, stays: int = 1) -> None:
    storage.add({(unix_minute(at), bucket_of(round(1000 * seconds))): stays})


def test_stays_of_one_place_are_added() -> None:
    add(START, 60, 2)
    add(START, 60, 3)

    found, _ = storage.read(NOW, BEFORE)

    assert found.total == 5
    assert found.median_seconds == pytest.approx(60, rel=0.05)


def test_two_ranges_are_read_to_the_quarter_of_an_hour() -> None:
    add(START - 2 * DAY, 1_000)
    add(START - DAY, 10)
    add(START - DAY / 2 - timedelta(minutes=15), 30)
    add(START - DAY / 2, 1_000)
    add(START, 100)
    add(START + DAY, 1_000)

    now, before = storage.read(NOW, BEFORE)

    assert (now.total, before.total) == (1, 2)
    assert now.median_seconds == pytest.approx(100, rel=0.05)
    assert before.median_seconds == pytest.approx(20, rel=0.05)


def test_ranges_without_stays_have_no_median() -> None:
    assert storage.read(NOW, BEFORE) == (storage.Stays(0, None), storage.Stays(0, None))
