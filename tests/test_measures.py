"""Counters and histograms without a registry, and the count of tasks."""

from __future__ import annotations

import asyncio
import logging
from threading import Thread

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from landing import measures
from landing.resilience.outage import Outage
from tests.metrics import samples


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [
        (0.0, "0.001"),
        (0.001, "0.001"),
        (0.0011, "0.0025"),
        (0.25, "0.25"),
        (9.99, "10.0"),
        (10.0, "10.0"),
        (10.01, "+Inf"),
    ],
)
def test_a_duration_is_in_each_bucket_from_its_upper_bound_on(seconds: float, bucket: str) -> None:
    histogram = measures.latency("wait", "Waits.")
    histogram.observe(seconds)
    found = samples.of(histogram)
    bounds = [*(str(bound) for bound in measures.LATENCY_BUCKETS), "+Inf"]
    counts = [found[f"landing_wait_duration_seconds_bucket{bound}"] for bound in bounds]
    smaller = bounds.index(bucket)
    assert counts == [0] * smaller + [1] * (len(bounds) - smaller)
    assert found["landing_wait_duration_seconds_count"] == 1
    assert found["landing_wait_duration_seconds_sum"] == seconds


def test_a_measure_has_no_sample_of_its_creation() -> None:
    counter = measures.counter("waits", "Waits.", "reason")
    counter.labels("rain").inc()
    assert samples.of(counter) == {"landing_waits_totalrain": 1}
    histogram = measures.latency("wait", "Waits.")
    assert not any(name.endswith("_created") for name in samples.of(histogram))


def test_a_label_may_contain_any_text() -> None:
    text = 'a "quote", a \\backslash, a\nline, and an é'
    counter = measures.counter("waits", "Waits.", "reason")
    counter.labels(text).inc()

    class One(Collector):
        def collect(self):  # type: ignore[no-untyped-def]
            return measures.collect(counter)

    registry = CollectorRegistry()
    registry.register(One())
    exposition = generate_latest(registry).decode()
    [family] = text_string_to_metric_families(exposition)
    assert [sample.labels for sample in family.samples] == [{"reason": text}]


@pytest.fixture
def without_prometheus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let measures be built as in an installation without the extra."""
    monkeypatch.setattr(measures, "HAS_PROMETHEUS", False)


@pytest.mark.usefixtures("without_prometheus")
def test_without_prometheus_measures_accept_every_update_and_have_no_sample() -> None:
    counter = measures.counter("waits", "Waits.", "reason")
    reason = counter.labels("rain")
    reason.inc()
    reason.inc(2)
    histogram = measures.latency("wait", "Waits.")
    histogram.observe(0.5)

    assert [*measures.collect(counter), *measures.collect(histogram)] == []


@pytest.mark.usefixtures("without_prometheus")
def test_an_outage_is_logged_without_prometheus(caplog: pytest.LogCaptureFixture) -> None:
    errors = measures.counter("errors", "Errors.", "operation").labels("read")
    outage = Outage(logging.getLogger("tests"), "The read", "nothing is shown", errors=errors)
    outage.record_failure(ValueError("broken"))
    assert caplog.messages == ["The read failed; nothing is shown: ValueError: broken"]


async def test_tasks_are_counted_in_their_loop_and_rarely() -> None:
    seconds, connections = 0.0, ["ana"]
    count, loop = measures.TaskCount(connections, lambda: seconds), asyncio.get_running_loop()
    count.update(loop)
    before = count.read(loop)
    tasks = [loop.create_task(asyncio.sleep(60)) for _ in range(3)]
    try:
        await asyncio.sleep(0)
        assert count.read(loop) == before, "the last count is not old yet"
        seconds += 60
        found: list[int] = []
        thread = Thread(target=lambda: found.append(count.read(loop)))
        thread.start()
        thread.join()
        assert found == [before], "a scrape does not count"
        await asyncio.sleep(0)
        assert count.read(loop) == before + 3
        connections.append("ben")
        assert count.read(loop) == before + 4
    finally:
        for task in tasks:
            task.cancel()


def test_the_tasks_of_a_closed_loop_keep_their_last_count() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    assert measures.TaskCount([]).read(loop) == 0
