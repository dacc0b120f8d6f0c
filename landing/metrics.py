"""This process in numbers, for Prometheus.

Reads what the worker and the writer of rows know, and keeps nothing itself. Each process
answers for itself: scrape every one, and sum what is per process.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from .analytics import recording
from .live import worker
from .live.worker import Worker

CONTENT_TYPE = CONTENT_TYPE_LATEST


class LiveCollector(Collector):
    """Empty in a process without a worker."""

    def collect(self) -> Iterator[Metric]:
        live = worker.current()
        if live is not None:
            yield from _of_everybody(live)
            yield from _of_this_process(live)


def _of_everybody(live: Worker) -> Iterator[Metric]:
    """Nothing while no real number is known."""
    shown = live.shown()
    if shown is None:
        return
    snapshot = shown.snapshot
    people = GaugeMetricFamily(
        "landing_people", "People online in the whole deployment.", labels=["source"]
    )
    people.add_metric([shown.source], snapshot.people)
    yield people
    connections = GaugeMetricFamily(
        "landing_connections", "Open sockets of the whole deployment.", labels=["source"]
    )
    connections.add_metric([shown.source], snapshot.connections)
    yield connections


def _of_this_process(live: Worker) -> Iterator[Metric]:
    pace, slow = live.pace, live.slow_readers
    for name, documentation, value in (
        ("sockets", "Open sockets of this process.", len(live.registry)),
        ("fanout_seconds", "Time that the last fan-out took.", pace.busy_seconds),
        ("fanout_interval_seconds", "Time between two fan-outs.", pace.interval_seconds),
        ("fanout_share", "Share of a core for fan-out while numbers change.", pace.share),
        (
            "fanout_over_budget",
            "1 where the longest interval is too short for LANDING_FANOUT_SHARE.",
            pace.is_over_budget,
        ),
        ("slow_readers", "Sockets for which bytes wait.", len(slow)),
    ):
        yield GaugeMetricFamily(f"landing_{name}", documentation, value)
    yield CounterMetricFamily(
        "landing_slow_readers_closed", "Sockets closed with code 4408.", slow.closed
    )


class AnalyticsCollector(Collector):
    """The rows of this process on their way into the table."""

    def collect(self) -> Iterator[Metric]:
        writer = recording.writer
        yield GaugeMetricFamily(
            "landing_analytics_rows_waiting", "Rows not written yet.", writer.waiting_rows
        )
        for name, documentation, value in (
            ("rows_written", "Rows that are in the table.", writer.written_rows),
            (
                "rows_dropped",
                "Rows lost: over LANDING_ANALYTICS_BUFFER_ROWS, or refused by the database.",
                writer.dropped_rows,
            ),
            (
                "batches_failed",
                "Tries to write while the database was away.",
                writer.failed_batches,
            ),
        ):
            yield CounterMetricFamily(f"landing_analytics_{name}", documentation, value)


registry = CollectorRegistry()
registry.register(LiveCollector())
registry.register(AnalyticsCollector())
ProcessCollector(registry=registry)


def exposition() -> bytes:
    """The text format, version 0.0.4."""
    return generate_latest(registry)
