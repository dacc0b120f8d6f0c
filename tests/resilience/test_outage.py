from __future__ import annotations

import logging

import pytest

from landing.resilience.outage import Outage
from tests.live.worker_harness import Clock


@pytest.fixture
def outage() -> Outage:
    return Outage(logging.getLogger("landing.test"), "Reading", "pages show old aggregates")


def test_an_outage_logs_one_line_at_its_start_and_one_at_its_end(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        outage.record_failure(OSError("no route\nto host"))
    for _ in range(3):
        outage.record_success()

    assert caplog.messages == [
        "Reading failed; pages show old aggregates: OSError: no route to host",
        "Reading works again",
    ]


def test_success_without_an_outage_logs_nothing(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    outage.record_success()

    assert caplog.messages == []


def test_a_second_outage_is_logged_again(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        outage.record_failure(OSError("gone"))
        outage.record_success()

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"] * 2


def test_a_dependency_that_fails_again_and_again_is_one_outage(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    flapping = Outage(logging.getLogger("landing.test"), "It", "wait", 60, clock)
    for _ in range(100):
        flapping.record_success()
        clock.seconds += 5
        flapping.record_failure(OSError("gone"))
    assert len(caplog.records) == 1
    clock.seconds += 59
    flapping.record_success()
    assert len(caplog.records) == 1
    clock.seconds += 1
    flapping.record_success()
    assert caplog.messages[1:] == ["It works again"]


def test_the_end_of_an_outage_after_a_long_success_is_logged_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    stable = Outage(logging.getLogger("landing.test"), "It", "wait", 60, clock)
    stable.record_success()
    clock.seconds += 60
    for _ in range(3):
        stable.record_failure(OSError("gone"))
    stable.record_success()
    assert len(caplog.records) == 2
