"""The tasks of a worker, from start to stop, on the real clock."""

from __future__ import annotations

import asyncio

import pytest

from landing.asgi.worker_parts import build_worker
from landing.conf import LandingSettings
from landing.live.current_snapshot import SourcedSnapshot
from landing.live.presence.aggregates import Aggregates
from landing.resilience import loops
from tests.live.presence.simulation import aggregates
from tests.live.waiting import wait_until
from tests.live.worker_harness import FakeChannelLayer, FakeConnection, WorkerHarness

FAST = LandingSettings(
    LANDING_HEARTBEAT_SECONDS=0.05,
    LANDING_BROADCAST_INTERVAL_SECONDS=0.01,
    LANDING_LEASE_SECONDS=0.2,
)


async def test_a_started_worker_counts_connections_and_its_tasks_end_after_stop(
    harness: WorkerHarness,
) -> None:
    channel_layer = FakeChannelLayer()
    worker = build_worker(harness.presence, channel_layer, FAST)
    await worker.start()
    assert worker.snapshot() is not None, "the first page shows counts"
    connection = FakeConnection("ana")
    await worker.connect(connection)
    await wait_until(
        lambda: connection.count_frames() and connection.count_frames()[-1]["people"] == 1
    )
    await worker.stop()
    await wait_until(lambda: not worker._tasks)
    assert channel_layer.members == ["channel-0"], "one member per worker"


async def test_start_does_not_wait_for_an_unavailable_backend(harness: WorkerHarness) -> None:
    harness.presence.is_unavailable = True
    worker = build_worker(harness.presence, FakeChannelLayer(), FAST)
    await worker.start(timeout_seconds=0.01)
    assert worker.snapshot() is None
    harness.presence.is_unavailable = False
    await wait_until(lambda: worker.snapshot() is not None)
    await worker.stop()


async def test_an_exception_in_one_step_does_not_stop_the_loop(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loops, "ERROR_PAUSE_SECONDS", 0.01)
    worker = build_worker(harness.presence, FakeChannelLayer(), FAST)
    adopt = worker.parts.current.adopt
    monkeypatch.setattr(worker.parts.current, "adopt", lambda snapshot: 1 / 0)
    await worker.start(timeout_seconds=0.05)
    monkeypatch.setattr(worker.parts.current, "adopt", adopt)
    await wait_until(lambda: worker.snapshot() is not None)
    await worker.stop()
    assert any("A periodic step failed" in record.message for record in caplog.records)


async def test_start_waits_for_a_snapshot_with_aggregates(
    harness: WorkerHarness,
) -> None:
    async def read_aggregates(newest: SourcedSnapshot | None) -> Aggregates:
        await asyncio.sleep(0)
        return aggregates(31)

    worker = build_worker(
        harness.presence, FakeChannelLayer(), LandingSettings(), read_aggregates=read_aggregates
    )
    await worker.start(timeout_seconds=30)
    sourced = worker.snapshot()
    assert sourced is not None and sourced.snapshot.aggregates == aggregates(31)
    await worker.stop()


async def test_start_does_not_wait_again_for_aggregates_that_could_not_be_read(
    harness: WorkerHarness,
) -> None:
    async def read_aggregates(newest: SourcedSnapshot | None) -> None:
        return None

    worker = build_worker(
        harness.presence, FakeChannelLayer(), LandingSettings(), read_aggregates=read_aggregates
    )
    await worker.start(timeout_seconds=30)
    sourced = worker.snapshot()
    assert sourced is not None and sourced.snapshot.aggregates is None
    await worker.stop()
