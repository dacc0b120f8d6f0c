"""The times of syncs with the backend, outages, and new epochs."""

from __future__ import annotations

import logging

import pytest

from landing.live.presence.contract import PlaceCount
from landing.resilience import outage
from tests.live.presence.simulation import TIMING
from tests.live.worker_harness import WorkerHarness
from tests.metrics import samples

HEARTBEAT = TIMING.heartbeat_ms / 1000
INTERVAL = TIMING.interval_ms / 1000


async def test_an_idle_worker_syncs_once_per_heartbeat_regardless_of_its_connections(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    for number in range(300):
        await harness.connect(f"v{number}")
    await harness.advance(10)
    harness.presence.reports.clear()
    await harness.advance(10 * HEARTBEAT, step=0.25)
    assert len(harness.presence.reports) == 10
    assert not any(report.changes for report in harness.presence.reports)


async def test_counts_become_stale_during_an_outage_and_live_after_it(
    harness: WorkerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "landing")
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(6)
    live = connection.count_frames()[-1]
    harness.presence.is_unavailable = True
    await harness.advance(10)
    stale = connection.count_frames()[-1]
    assert (stale["source"], stale["version"]) == ("stale", live["version"])
    assert stale["timestamp"] > live["timestamp"], (
        "a client ignores a frame with an older timestamp"
    )
    await harness.advance(60, step=0.25)
    assert connection.count_frames()[-1] == stale, "clients compute the age themselves"
    newest = await harness.connect("ben")
    assert newest.count_frames()[-1]["source"] == "stale"
    harness.presence.is_unavailable = False
    await harness.advance(1)
    assert connection.count_frames()[-1]["source"] == "live"
    assert connection.count_frames()[-1]["people"] == 2
    assert len(caplog.records) == 2, "one line for the outage and one for the recovery"


async def test_ten_outages_in_a_row_are_four_lines(
    harness: WorkerHarness, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "FLAPPING_SECONDS", 60)
    caplog.set_level(logging.WARNING, "landing")
    await harness.run_due_steps()
    for _ in range(10):
        harness.presence.is_unavailable = True
        await harness.advance(HEARTBEAT)
        harness.presence.is_unavailable = False
        await harness.advance(HEARTBEAT)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING", "ERROR"]
    await harness.advance(70, step=0.25)
    assert len(caplog.records) == 4
    assert "works again after 10 outages" in caplog.messages[-1]


async def test_an_unavailable_backend_is_retried_at_a_bounded_rate(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    harness.presence.is_unavailable = True
    await harness.advance(HEARTBEAT)
    harness.presence.reports.clear()
    await harness.advance(30)
    assert 30 <= len(harness.presence.reports) <= 30 / 0.25


async def test_while_a_new_epoch_settles_the_last_counts_are_shown_as_stale(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(2)
    await harness.presence.clear()
    await harness.advance(HEARTBEAT)
    assert (connection.count_frames()[-1]["source"], connection.count_frames()[-1]["people"]) == (
        "stale",
        1,
    )
    await harness.advance(HEARTBEAT + INTERVAL)
    assert (connection.count_frames()[-1]["source"], connection.count_frames()[-1]["people"]) == (
        "live",
        1,
    )


async def test_the_active_count_survives_a_new_epoch(
    harness: WorkerHarness,
) -> None:
    harness.active = 31
    await harness.run_due_steps()
    await harness.advance(2)
    await harness.presence.clear()
    harness.active = None
    await harness.advance(3 * HEARTBEAT)
    sourced = harness.worker.snapshot()
    assert sourced is not None and sourced.active == 31


async def test_the_aggregates_are_computed_once_per_refresh_interval(
    harness: WorkerHarness,
) -> None:
    harness.active = 31
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    assert connection.count_frames()[-1]["active"] == 31
    harness.refreshes = 0
    await harness.advance(10 * HEARTBEAT)
    assert 9 <= harness.refreshes <= 10


async def test_a_new_timestamp_of_unchanged_aggregates_waits_for_the_next_heartbeat(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    await harness.advance(2 * HEARTBEAT)
    reports = len(harness.presence.reports)
    await harness.advance(10 * HEARTBEAT)
    assert len(harness.presence.reports) - reports == 10


async def test_people_at_too_many_places_are_elsewhere_and_counted(harness: WorkerHarness) -> None:
    harness.presence.max_places = 1
    await harness.run_due_steps()
    with samples.hits_of_limits() as counted:
        for name in ("ana", "ben", "eva"):
            await harness.connect(name, place=f"/{name}")
            await harness.advance(1)
    assert counted == {"places": 2}
    places = await harness.presence.places(10)
    assert places is not None
    assert (places.top, places.elsewhere) == ((PlaceCount("/ana", 1),), 2)


async def test_a_person_who_opens_another_page_moves_with_the_next_sync(
    harness: WorkerHarness,
) -> None:
    harness.presence.max_places = 10
    await harness.run_due_steps()
    await harness.connect("ana", place="/")
    await harness.advance(1)
    await harness.connect("ana", place="/pricing")
    await harness.advance(1)
    places = await harness.presence.places(10)
    assert places is not None
    assert (places.top, places.elsewhere) == ((PlaceCount("/pricing", 1),), 0)
