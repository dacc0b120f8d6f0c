"""Counters and histograms that a part owns and updates, and that :mod:`landing.metrics` reads.

They are objects of prometheus_client without a registry, so a part does not know the metrics. An
update takes about a microsecond and a lock: do it per event, never per frame or per connection.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Counter, Histogram
from prometheus_client.core import Metric

#: Upper bounds of the buckets, in seconds: from a fan-out to few connections to a stall.
LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def latency(name: str, documentation: str) -> Histogram:
    """Build a histogram of seconds."""
    return Histogram(
        f"landing_{name}_duration_seconds", documentation, registry=None, buckets=LATENCY_BUCKETS
    )


def counter(name: str, documentation: str, label: str) -> Counter:
    """Build a counter with one label."""
    return Counter(f"landing_{name}", documentation, [label], registry=None)


def collect(measure: Counter | Histogram) -> Iterator[Metric]:
    """Yield the metric of a counter or a histogram, without the times of its creation.

    The text format has no place for them, so each would become a metric of its own.
    """
    for metric in measure.collect():
        metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
        yield metric
