from __future__ import annotations

import logging

import pytest

from landing.resilience.outage import Outage


@pytest.fixture
def outage() -> Outage:
    return Outage(logging.getLogger("landing.test"), "Reading", "old figures are shown")


def test_an_outage_is_one_line_when_it_begins_and_one_when_it_ends(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        outage.record_failure(OSError("no route\nto host"))
    for _ in range(3):
        outage.record_success()

    assert caplog.messages == [
        "Reading failed; old figures are shown: OSError: no route to host",
        "Reading works again",
    ]


def test_nothing_is_said_while_all_is_well(
    outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    outage.record_success()

    assert caplog.messages == []


def test_a_second_outage_is_said_again(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        outage.record_failure(OSError("gone"))
        outage.record_success()

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"] * 2
