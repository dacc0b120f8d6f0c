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


def test_the_arguments_of_the_newest_event_fill_the_line(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    log = CountedLog(logging.getLogger(__name__), lambda: now)

    for number in range(50):
        log.warn("Refused %r", f"host-{number}")
    now += INTERVAL_SECONDS
    log.warn("Refused %r", "last")

    assert [record.getMessage() for record in caplog.records] == [
        "Refused 'host-0' (1 since the last line)",
        "Refused 'last' (50 since the last line)",
    ]


def test_unexpected_errors_have_one_traceback_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    log = CountedLog(logging.getLogger(__name__), lambda: 0.0)

    for _ in range(100):
        log.report(ValueError("a bug"), "The step %s failed", "prune")

    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage() == "The step prune failed (1 since the last line)"
    assert "ValueError: a bug" in caplog.text
