from __future__ import annotations

import logging

import pytest

from landing.resilience.counted_log import INTERVAL_SECONDS, CountedLog


def test_many_events_are_one_line_a_minute_with_their_count(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    log = CountedLog(logging.getLogger(__name__), lambda: now)

    for _ in range(1_000):
        log.warn("A is full")
        log.warn("B is full")
    now += INTERVAL_SECONDS
    log.warn("A is full")

    assert [record.getMessage() for record in caplog.records] == [
        "A is full (1 since the last line)",
        "B is full (1 since the last line)",
        "A is full (1000 since the last line)",
    ]
