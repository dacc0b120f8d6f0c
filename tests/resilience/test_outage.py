from __future__ import annotations

import logging

import pytest

from landing import measures
from landing.resilience import outage as module
from landing.resilience.outage import Outage
from tests.live.worker_harness import Clock
from tests.metrics import samples


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outage(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Outage:
    monkeypatch.setattr(module, "FLAPPING_SECONDS", 60)
    logger = logging.getLogger("landing.test")
    return Outage(logger, "Reading", "pages show old aggregates", clock)


def test_an_outage_logs_one_line_at_its_start_and_one_at_its_end(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        outage.record_failure(OSError("no route\nto host"))
    for _ in range(3):
        outage.record_success()

    assert caplog.messages == [
        "Reading failed; pages show old aggregates: OSError: no route to host",
        "Reading works again after 0.0 s",
    ]


def test_success_without_an_outage_logs_nothing(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    outage.record_success()

    assert caplog.messages == []


def fail_for(outage: Outage, clock: Clock, seconds: float) -> None:
    """Fail once a second, and then succeed."""
    for _ in range(int(seconds)):
        outage.record_failure(OSError("gone"))
        clock.seconds += 1
    outage.record_success()


def test_the_end_has_the_duration_and_the_next_outage_is_logged_again(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        fail_for(outage, clock, 90)
        clock.seconds += 60
        outage.record_success()

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"] * 2
    assert caplog.messages[1] == caplog.messages[3] == "Reading works again after 90.0 s"


def test_ten_outages_in_a_short_time_are_four_lines_however_long_they_last(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        fail_for(outage, clock, 5)
        clock.seconds += 5
        outage.record_success()
    assert not outage.is_active
    assert len(caplog.records) == 3
    clock.seconds += 53
    outage.record_success()
    assert len(caplog.records) == 3
    clock.seconds += 1
    outage.record_success()
    outage.record_success()

    assert caplog.messages == [
        "Reading failed; pages show old aggregates: OSError: gone",
        "Reading works again after 5.0 s",
        "Reading failed again; pages show old aggregates; the next line follows when it has worked "
        "for 60 s: OSError: gone",
        "Reading works again after 10 outages in 94 s",
    ]


def test_a_dependency_that_flaps_all_day_stays_at_three_lines(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10_000):
        fail_for(outage, clock, 1)
        clock.seconds += 8
    assert len(caplog.records) == 3


def test_an_outage_after_flapping_is_a_new_one_if_the_dependency_was_stable(
    outage: Outage, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        fail_for(outage, clock, 5)
    for _ in range(2):
        clock.seconds += 60
        outage.record_success()
    fail_for(outage, clock, 7)
    assert caplog.messages[-2:] == [
        "Reading failed; pages show old aggregates: OSError: gone",
        "Reading works again after 7.0 s",
    ]


def test_every_failure_is_counted_although_few_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    counter = measures.counter("test_errors", "Errors.", "operation")
    failing = Outage(logging.getLogger("landing.test"), "It", "wait", errors=counter.labels("it"))
    for _ in range(3):
        failing.record_failure(OSError("gone"))
    failing.record_success()
    assert samples.of(counter) == {"landing_test_errors_totalit": 3}
    assert len(caplog.records) == 2
