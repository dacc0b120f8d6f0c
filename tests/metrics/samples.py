"""Read samples of metrics by name, and changes of counters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram, Metric
from prometheus_client.parser import text_string_to_metric_families

from landing import measures
from landing.limits import hits
from landing.live import worker
from landing.live.absent_worker import AbsentWorker
from landing.metrics.exposition import registry
from tests.live.worker_harness import WorkerHarness

#: The value of each sample by its name and the values of its labels.
Samples = dict[str, float]


def parse(text: str) -> Samples:
    """Return the samples of an exposition."""
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(measure: Counter | Histogram) -> Samples:
    """Return the samples of one measure."""
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for metric in measures.collect(measure)
        for sample in metric.samples
    }


async def of_a_serving_process() -> list[Metric]:
    """Return all metrics of a process with a worker that has synced, and a visitor."""
    harness = WorkerHarness()
    worker.set_current(harness.worker)
    try:
        await harness.run_due_steps()
        await harness.connect("ana")
        await harness.advance(1)
        return list(registry.collect())
    finally:
        worker.set_current(AbsentWorker())


@contextmanager
def hits_of_limits() -> Iterator[dict[str, int]]:
    """Yield a dictionary that has the hits of each limit after the block, without zeros."""
    before, counted = of(hits.hits), dict[str, int]()
    yield counted
    for name, value in of(hits.hits).items():
        if value != before[name]:
            counted[name.removeprefix("landing_limits_hit_total")] = int(value - before[name])
