"""The metrics of this process in Prometheus' text format.

The values come from the parts that own them. Scrape every process, and sum the metrics that are
per process.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from .. import measures
from ..analytics import recording
from ..analytics.stays import buffer as stays
from ..conf import spell
from ..health.readiness import readiness
from ..limits import hits
from ..live import worker
from ..live.current_snapshot import SourcedSnapshot
from ..live.worker_metrics import WorkerMetrics
from ..names import LABEL
from ..resilience import errors

CONTENT_TYPE = CONTENT_TYPE_LATEST


class LiveCollector(Collector):
    """Collects the metrics of the worker; none in a process without a worker."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of one scrape."""
        live = worker.current()
        if live.is_serving:
            yield from _deployment_metrics(live.snapshot())
            yield from _worker_metrics(WorkerMetrics.of(live))


def _deployment_metrics(current: SourcedSnapshot | None) -> Iterator[Metric]:
    """Yield the counts of the deployment, none before the first snapshot."""
    if current is None:
        return
    for name, documentation, value in (
        ("people", "People here now, in the whole deployment.", current.snapshot.people),
        ("connections", "Open connections of the whole deployment.", current.snapshot.connections),
        ("suspects", "People from networks near their limit.", current.snapshot.suspects),
    ):
        gauge = GaugeMetricFamily(f"{LABEL}_{name}", documentation, labels=["source"])
        gauge.add_metric([current.source], value)
        yield gauge


def _worker_metrics(state: WorkerMetrics) -> Iterator[Metric]:
    for name, documentation, value in (
        ("sockets", "Open connections of this process.", state.connections),
        ("asyncio_tasks", "Tasks of the event loop of this process.", state.tasks),
        ("fanout_seconds", "Busy time of the last fan-out.", state.fanout_seconds),
        (
            "fanout_interval_seconds",
            "Interval between two fan-outs.",
            state.fanout_interval_seconds,
        ),
        (
            "fanout_share",
            "Share of a core that fan-out uses while counts change.",
            state.fanout_share,
        ),
        (
            "fanout_over_budget",
            f"1 if fan-out exceeds {spell('LANDING_FANOUT_SHARE')} at the longest interval.",
            state.is_fanout_over_budget,
        ),
        ("slow_readers", "Connections with waiting bytes.", state.slow_consumers),
        (
            "presence_split",
            "1 if another process counts in its own memory over the same database.",
            state.is_presence_split,
        ),
        ("lease_seconds", "Length of the lease of this process.", state.lease_seconds),
        ("lease_age_seconds", "Time since the last answered sync.", state.lease_age_seconds),
        ("draining", "1 while this process stops or drains.", state.is_stopping),
        (
            "drain_seconds",
            "Time since the drain of this process began; 0 before.",
            state.drain_seconds or 0.0,
        ),
    ):
        if value is not None:
            yield GaugeMetricFamily(f"{LABEL}_{name}", documentation, value)
    yield CounterMetricFamily(
        f"{LABEL}_slow_readers_closed",
        "Connections closed with code 4408.",
        state.slow_consumers_closed,
    )
    for histogram in state.histograms:
        yield from measures.collect(histogram)


class AnalyticsCollector(Collector):
    """Collects the metrics of the write buffer, and the stays that were lost."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of one scrape."""
        writer = recording.writer
        yield GaugeMetricFamily(
            f"{LABEL}_analytics_rows_waiting", "Rows that are not written yet.", writer.waiting_rows
        )
        for name, documentation, value in (
            ("rows_written", "Rows that are written.", writer.written_rows),
            (
                "rows_dropped",
                f"Rows lost: over {spell('LANDING_ANALYTICS_BUFFER_ROWS')}, or refused by the "
                "database.",
                writer.dropped_rows,
            ),
            (
                "batches_failed",
                "Attempts to write that failed.",
                writer.failed_batches,
            ),
        ):
            yield CounterMetricFamily(f"{LABEL}_analytics_{name}", documentation, value)
        yield from measures.collect(recording.rows_left_out)
        yield from measures.collect(stays.stays_dropped)


class EventCollector(Collector):
    """Collects the counters of refusals and errors."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of one scrape."""
        for counter in (hits.hits, errors.redis, errors.database):
            yield from measures.collect(counter)


class DependencyCollector(Collector):
    """Collects the results of the last health checks, which a scrape starts if they are due."""

    def collect(self) -> Iterator[Metric]:
        """Yield the metric of one scrape."""
        gauge = GaugeMetricFamily(
            f"{LABEL}_dependency_up",
            "1 if the last check of the dependency succeeded, else 0.",
            labels=["dependency"],
        )
        for name, is_up in readiness.states.items():
            gauge.add_metric([name], is_up)
        yield gauge


registry = CollectorRegistry()
for collector in (LiveCollector(), AnalyticsCollector(), EventCollector(), DependencyCollector()):
    registry.register(collector)
ProcessCollector(registry=registry)


def exposition() -> bytes:
    """Return the metrics as text, in the format that ``CONTENT_TYPE`` names."""
    return generate_latest(registry)
