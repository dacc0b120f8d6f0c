from __future__ import annotations

import logging

import pytest

from landing.resilience.outage import Outage


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
