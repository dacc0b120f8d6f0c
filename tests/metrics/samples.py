"""Read samples of metrics by name, and changes of counters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram
from prometheus_client.parser import text_string_to_metric_families

from landing import measures
from landing.limits import hits

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


@contextmanager
def hits_of_limits() -> Iterator[dict[str, int]]:
    """Yield a dictionary that has the hits of each limit after the block, without zeros."""
    before, counted = of(hits.hits), dict[str, int]()
    yield counted
    for name, value in of(hits.hits).items():
        if value != before[name]:
            counted[name.removeprefix("landing_limits_hit_total")] = int(value - before[name])
