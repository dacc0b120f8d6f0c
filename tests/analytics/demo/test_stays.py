"""Demo stays derive from the simulated visits."""

from __future__ import annotations

from datetime import UTC, datetime

from landing.analytics.demo import stays
from landing.analytics.demo.visits import Visit
from landing.analytics.stays.median import bucket_of
from landing.dates import unix_minute

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def visit(starts_before: int, seconds: int) -> Visit:
    begins = int(NOON.timestamp()) - starts_before
    return Visit(begins, begins + seconds, bytes(16), None, 1)


def test_visits_that_ended_are_counted_by_slot_and_length() -> None:
    visits = [visit(900, 100), visit(850, 100), visit(60, 60), visit(60, 90), visit(1000, 40)]

    assert stays.count_stays(visits, NOON) == {
        (unix_minute(NOON) - 15, bucket_of(100_000)): 2,
        (unix_minute(NOON) - 30, bucket_of(40_000)): 1,
    }
