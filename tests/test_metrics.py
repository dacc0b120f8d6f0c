"""The metrics for Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import DataError, OperationalError
from django.test import AsyncClient
from prometheus_client.parser import text_string_to_metric_families

from landing.analytics import recording
from landing.analytics.write_buffer import WriteBuffer
from landing.live import worker
from landing.live.absent_worker import AbsentWorker
from landing.live.transport.outbound import encode
from tests.live.worker_harness import WorkerHarness

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


async def scrape() -> dict[str, float]:
    """Return the value of each sample by its name, including labels."""
    response = await AsyncClient().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


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
    for _ in range(2):
        harness.clock.seconds += 10
        await harness.worker.parts.slow_consumers.scan()
    await asyncio.sleep(0)
    samples = await scrape()
    assert samples["landing_slow_readers"] == 1
    assert samples["landing_slow_readers_closed_total"] == 1


async def test_a_process_without_a_worker_has_only_process_metrics() -> None:
    samples = await scrape()
    ours = {name for name in samples if name.startswith("landing_")}
    assert all(name.startswith("landing_analytics_") for name in ours)
    assert samples["process_resident_memory_bytes"] > 0


async def test_waiting_written_and_dropped_rows_are_counted(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    def refuse_two(rows: Sequence[int]) -> None:
        if 2 in rows:
            raise DataError("not this one")

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
    def fail(rows: Sequence[int]) -> None:
        raise OperationalError("the server is gone")

    writer = WriteBuffer(fail, in_background=False)
    monkeypatch.setattr(recording, "writer", writer)
    writer.extend([1])
    for _ in range(3):
        assert not writer.flush()

    samples = await scrape()
    assert samples["landing_analytics_batches_failed_total"] == 3
    assert samples["landing_analytics_rows_waiting"] == 1


async def test_a_second_process_over_the_database_is_a_metric(harness: WorkerHarness) -> None:
    assert (await scrape())["landing_presence_split"] == 0
    harness.worker.parts.split.is_split = True
    assert (await scrape())["landing_presence_split"] == 1
