"""The metrics for Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DataError, OperationalError
from django.test import AsyncClient

from landing.analytics import recording
from landing.analytics.write_buffer.buffer import WriteBuffer
from landing.analytics.write_buffer.insert import PendingRow
from landing.health.dependency import Dependency
from landing.health.readiness import readiness
from landing.live import worker
from landing.live.absent_worker import AbsentWorker
from landing.live.presence.contract import Answer, Report
from landing.live.transport.outbound import encode
from landing.metrics.exposition import exposition
from landing.models import Analytics
from landing.visitors.identity import Identity
from tests.analytics.rows import visitor
from tests.live.worker_harness import WorkerHarness
from tests.metrics import samples as metric_samples
from tests.metrics.samples import Samples

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
TOKEN = "a-token-of-a-scraper"


@pytest.fixture(autouse=True)
def _token(settings: Any) -> None:
    settings.LANDING_METRICS_TOKEN = TOKEN


@pytest.fixture
def harness() -> Iterator[WorkerHarness]:
    harness = WorkerHarness()
    worker.set_current(harness.worker)
    yield harness
    worker.set_current(AbsentWorker())


def find_problem() -> str:
    return "cannot be reached"


async def scrape() -> Samples:
    """Return the value of each sample by its name, including labels."""
    response = await AsyncClient().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    return metric_samples.parse(response.content.decode())


async def test_deployment_counts_have_a_source_label(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    await harness.connect("ana")
    await harness.connect("ana")
    await harness.advance(1)
    samples = await scrape()
    assert samples["landing_peoplelive"] == 1
    assert samples["landing_connectionslive"] == 2
    assert samples["landing_suspectslive"] == 0
    assert samples["landing_sockets"] == 2
    harness.presence.is_unavailable = True
    await harness.advance(10)
    assert (await scrape())["landing_peoplestale"] == 1


async def test_unknown_counts_are_left_out(harness: WorkerHarness) -> None:
    samples = await scrape()
    assert not any(name.startswith("landing_people") for name in samples)
    assert samples["landing_sockets"] == 0


async def test_a_fan_out_over_its_budget_is_reported(harness: WorkerHarness) -> None:
    harness.worker.parts.budget.record(0.1)
    samples = await scrape()
    assert samples["landing_fanout_interval_seconds"] == 1
    assert samples["landing_fanout_share"] == pytest.approx(0.1)
    assert samples["landing_fanout_over_budget"] == 0
    harness.worker.parts.budget.record(1)
    samples = await scrape()
    assert samples["landing_fanout_interval_seconds"] == 5
    assert samples["landing_fanout_share"] == pytest.approx(0.2)
    assert samples["landing_fanout_over_budget"] == 1


async def test_slow_consumers_are_counted(harness: WorkerHarness) -> None:
    connection = await harness.connect("ana")
    connection.fake_outbound.is_stuck = True
    connection.fake_outbound.queue(encode(["x" * 100_000]))
    for _ in range(3):
        harness.clock.seconds += 10
        await harness.worker.parts.slow_consumers.scan()
    await asyncio.sleep(0)
    samples = await scrape()
    assert samples["landing_slow_readers"] == 1
    assert samples["landing_slow_readers_closed_total"] == 1


async def test_a_process_without_a_worker_has_only_process_metrics() -> None:
    samples = await scrape()
    ours = {name for name in samples if name.startswith("landing_")}
    own = ("analytics_", "limits_", "redis_", "database_", "dependency_")
    assert all(name.removeprefix("landing_").startswith(own) for name in ours)
    assert samples["process_resident_memory_bytes"] > 0


async def test_a_scrape_checks_each_dependency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        readiness,
        "_dependencies",
        [broken := Dependency("database", find_problem, clock=lambda: 0.0)],
    )
    assert (await scrape())["landing_dependency_updatabase"] == 0
    broken.failure = None
    assert (await scrape())["landing_dependency_updatabase"] == 1, "the next check is not due yet"


async def test_waiting_written_and_dropped_rows_are_counted(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def refuse_two(rows: Sequence[int]) -> int:
        if 2 in rows:
            raise DataError("not this one")
        return len(rows)

    settings.LANDING_ANALYTICS_BUFFER_ROWS = 4
    writer = WriteBuffer(refuse_two, in_background=False)
    monkeypatch.setattr(recording, "writer", writer)
    writer.extend(range(5))

    samples = await scrape()
    assert samples["landing_analytics_rows_waiting"] == 4
    assert samples["landing_analytics_rows_dropped_total"] == 1
    assert samples["landing_analytics_rows_written_total"] == 0
    writer.flush()
    samples = await scrape()
    assert samples["landing_analytics_rows_waiting"] == 0
    assert samples["landing_analytics_rows_dropped_total"] == 2
    assert samples["landing_analytics_rows_written_total"] == 3


async def test_failed_batches_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(rows: Sequence[int]) -> int:
        raise OperationalError("the server is gone")

    writer = WriteBuffer(fail, in_background=False)
    monkeypatch.setattr(recording, "writer", writer)
    writer.extend([1])
    errors = (await scrape())["landing_database_errors_totalwrite_rows"]
    for _ in range(3):
        assert not writer.flush()

    samples = await scrape()
    assert samples["landing_database_errors_totalwrite_rows"] == errors + 3
    assert samples["landing_analytics_batches_failed_total"] == 3
    assert samples["landing_analytics_rows_waiting"] == 1


async def test_a_second_process_over_the_database_is_a_metric(harness: WorkerHarness) -> None:
    assert (await scrape())["landing_presence_split"] == 0
    harness.worker.parts.split.is_split = True
    assert (await scrape())["landing_presence_split"] == 1


# -- the lease, syncs, and the drain


async def test_the_age_of_the_lease_is_absent_before_the_first_sync(harness: WorkerHarness) -> None:
    samples = await scrape()
    assert samples["landing_lease_seconds"] == 15
    assert "landing_lease_age_seconds" not in samples
    await harness.run_due_steps()
    assert (await scrape())["landing_lease_age_seconds"] == 0


async def test_the_age_of_the_lease_grows_while_syncs_fail(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    before = await scrape()
    synced_at = harness.worker.parts.sync.round_trips.answered_at
    harness.presence.is_unavailable = True
    reports = len(harness.presence.reports)
    await harness.advance(12)
    failures = len(harness.presence.reports) - reports
    samples = await scrape()
    assert failures > 1
    assert samples["landing_lease_age_seconds"] == harness.clock() - synced_at >= 12
    name = "landing_redis_errors_totalsync"
    assert samples[name] - before[name] == failures
    count = "landing_sync_duration_seconds_count"
    assert samples[count] == before[count], "only answered syncs have a duration"
    harness.presence.is_unavailable = False
    await harness.advance(1)
    assert (await scrape())["landing_lease_age_seconds"] < 1


async def test_the_round_trip_of_each_sync_is_measured(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = harness.presence.sync

    async def delay(report: Report) -> Answer:
        harness.clock.seconds += 0.25
        return await answer(report)

    monkeypatch.setattr(harness.presence, "sync", delay)
    for _ in range(3):
        await harness.worker.parts.sync.sync()
    samples = await scrape()
    name = "landing_sync_duration_seconds"
    assert (samples[f"{name}_bucket0.1"], samples[f"{name}_bucket0.25"]) == (0, 3)
    assert (samples[f"{name}_count"], samples[f"{name}_sum"]) == (3, 0.75)


async def test_only_broadcasts_that_send_something_are_measured(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    before = await scrape()
    frames = len(connection.frames)
    await harness.worker.parts.broadcaster.broadcast()
    name = "landing_fanout_duration_seconds_count"
    assert (await scrape())[name] == before[name] > 0
    await harness.connect("ben")
    await harness.advance(1)
    after = await scrape()
    assert after[name] - before[name] == len(connection.frames) - frames


async def test_a_drain_is_visible_with_its_duration(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    samples = await scrape()
    assert (samples["landing_draining"], samples["landing_drain_seconds"]) == (0, 0)
    harness.clock.seconds += 20
    draining = harness.worker.stop()
    harness.clock.seconds += 3
    samples = await scrape()
    assert (samples["landing_draining"], samples["landing_drain_seconds"]) == (1, 3)
    assert "landing_lease_age_seconds" not in samples, "no lease can expire any more"
    await draining


async def test_a_stop_is_visible_before_its_drain(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    harness.is_stopping = True
    samples = await scrape()
    assert (samples["landing_draining"], samples["landing_drain_seconds"]) == (1, 0)
    assert "landing_lease_age_seconds" in samples, "the worker still syncs"


async def test_a_drain_that_fails_is_an_error_of_redis(harness: WorkerHarness) -> None:
    before = await scrape()
    harness.presence.is_unavailable = True
    await harness.worker.stop()
    name = "landing_redis_errors_totaldrain"
    assert (await scrape())[name] - before.get(name, 0) == 1


# -- rows


@pytest.mark.django_db
@pytest.mark.each_database
def test_rows_are_written_left_out_or_dropped_and_each_is_counted_once(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.LANDING_NETWORK_MAX_PEOPLE = 3
    writer = WriteBuffer(recording.store, in_background=False)
    monkeypatch.setattr(recording, "writer", writer)
    name = "landing_analytics_rows_"
    before = exposed()

    people = [Identity(visitor(number), network="192.0.2.1") for number in range(5)]
    admitted = [each for each in people if recording.admits(each.network, each.visitor)]
    for _ in range(2):  # the second time, each dwell row is stored already
        recording.record_dwell(admitted, NOON)
        assert writer.flush()
    writer.extend([PendingRow(b"too short", None, "page_view", "/", "", NOON)])
    writer.flush()

    after = exposed()
    assert after[f"{name}written_total"] == 3 == Analytics.objects.count()
    assert after[f"{name}dropped_total"] == 1
    assert after[f"{name}waiting"] == 0
    left_out = f"{name}left_out_total"
    assert after[f"{left_out}duplicate"] - before[f"{left_out}duplicate"] == 3
    assert after[f"{left_out}visitor_limit"] - before[f"{left_out}visitor_limit"] == 2
    hits = "landing_limits_hit_totalvisitor_rows"
    assert after[hits] - before[hits] == 2


def exposed() -> Samples:
    return metric_samples.parse(exposition().decode())
