"""Measures that a part owns and updates, and that :mod:`landing.metrics` reads.

Counters and histograms are objects of prometheus_client without a registry, so a part does not know
the metrics. An update takes about a microsecond and a lock: do it per event, never per frame or per
connection. Without the package, which is an extra, they are null objects.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sized
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeAlias

from .names import LABEL

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram
    from prometheus_client.core import Metric

#: Whether the extra ``metrics`` is installed.
HAS_PROMETHEUS = find_spec("prometheus_client") is not None

#: Upper bounds of the buckets, in seconds: from a fan-out to few connections to a stall.
LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

#: Pause after a count, per task. A count takes 0.7 µs per task, so it uses under 0.1 % of a core.
TASK_COUNT_PAUSE_SECONDS = 0.001


class TaskCount:
    """The number of tasks of an event loop, counted in it, rarely, and outside of scrapes.

    Each connection has one task, so only the others are remembered.
    """

    def __init__(self, connections: Sized, clock: Callable[[], float] = time.monotonic) -> None:
        self._connections = connections
        self._clock = clock
        self._due_at = 0.0
        self._others = 0

    def update(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count the tasks now, in the thread of the loop: in another one, the set may change."""
        tasks = len(asyncio.all_tasks(loop))
        self._others = tasks - len(self._connections)
        self._due_at = self._clock() + tasks * TASK_COUNT_PAUSE_SECONDS

    def read(self, loop: asyncio.AbstractEventLoop) -> int:
        """Return the number, and let the loop count again if that is due. Thread-safe."""
        if self._clock() >= self._due_at:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self.update, loop)
        return self._others + len(self._connections)


class NullMeasure:
    """A counter or a histogram that keeps nothing."""

    def labels(self, value: str) -> NullMeasure:
        return self

    def inc(self, amount: float = 1) -> None:
        """Keep nothing."""

    def observe(self, amount: float) -> None:
        """Keep nothing."""

    def collect(self) -> tuple[Any, ...]:
        return ()


CounterMeasure: TypeAlias = "Counter | NullMeasure"
HistogramMeasure: TypeAlias = "Histogram | NullMeasure"


def latency(name: str, documentation: str) -> HistogramMeasure:
    """Build a histogram of seconds."""
    if not HAS_PROMETHEUS:
        return NullMeasure()
    from prometheus_client import Histogram

    return Histogram(
        f"{LABEL}_{name}_duration_seconds", documentation, registry=None, buckets=LATENCY_BUCKETS
    )


def counter(name: str, documentation: str, label: str) -> CounterMeasure:
    """Build a counter with one label."""
    if not HAS_PROMETHEUS:
        return NullMeasure()
    from prometheus_client import Counter

    return Counter(f"{LABEL}_{name}", documentation, [label], registry=None)


def collect(measure: CounterMeasure | HistogramMeasure) -> Iterator[Metric]:
    """Yield the metric of a counter or a histogram, without the times of its creation.

    The text format has no place for them, so each would become a metric of its own.
    """
    for metric in measure.collect():
        metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
        yield metric
