"""The numbers of one worker that :mod:`landing.metrics` exposes."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from ..measures import HistogramMeasure
from .worker import Worker


class WorkerMetrics(NamedTuple):
    """The state of one worker."""

    connections: int
    #: of the event loop, with those of the server and the requests
    tasks: int
    fanout_seconds: float
    fanout_interval_seconds: float
    fanout_share: float
    is_fanout_over_budget: bool
    slow_consumers: int
    slow_consumers_closed: int
    is_presence_split: bool
    lease_seconds: float
    #: None before the first sync and during the drain: no lease can expire then
    lease_age_seconds: float | None
    #: from the signal on: the requests in progress end before the drain itself
    is_stopping: bool
    #: None before the drain
    drain_seconds: float | None
    #: latencies of handshakes, syncs, and fan-outs
    histograms: tuple[HistogramMeasure, ...]

    @classmethod
    def of(cls, worker: Worker) -> WorkerMetrics:
        parts = worker.parts
        now, budget = parts.clock(), parts.budget
        lease_age_seconds = now - parts.sync.round_trips.answered_at
        drain_began_at = parts.drain.began_at
        has_lease = drain_began_at is None and lease_age_seconds < inf
        return cls(
            connections=len(parts.registry),
            tasks=worker.task_count.read(worker.loop) if worker.loop else 0,
            fanout_seconds=budget.busy_seconds,
            fanout_interval_seconds=budget.interval_seconds,
            fanout_share=budget.share,
            is_fanout_over_budget=budget.is_over_budget,
            slow_consumers=len(parts.slow_consumers),
            slow_consumers_closed=parts.slow_consumers.closed,
            is_presence_split=parts.split.is_split,
            lease_seconds=worker.settings.LANDING_LEASE_SECONDS,
            lease_age_seconds=lease_age_seconds if has_lease else None,
            is_stopping=drain_began_at is not None or parts.is_stopping(),
            drain_seconds=None if drain_began_at is None else now - drain_began_at,
            histograms=(
                worker.handshakes,
                parts.sync.round_trips.durations,
                parts.broadcaster.durations,
            ),
        )
