"""When the next sync is due. Pure arithmetic over a monotonic clock, in seconds."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from ...resilience.backoff import Backoff
from ..presence.contract import Lease

#: The interval between two reports of changes grows by up to this share, at random, so that
#: workers that were disturbed together do not keep reporting together.
JITTER = 0.2
#: Reports of changes per second that all workers of a deployment may send together. More than
#: about sixty workers wait longer than the interval, so that the cost of Redis stays the same.
REPORTS_PER_SECOND = 250


class SyncSchedule:
    """Spaces syncs: at least one per heartbeat, at most one per interval.

    The interval grows with the workers of the deployment, up to the heartbeat.

    ``uniform(low, high)`` draws the jitter.
    """

    def __init__(
        self,
        heartbeat_seconds: float,
        interval_seconds: float,
        clock: Callable[[], float],
        uniform: Callable[[float, float], float],
    ) -> None:
        self._heartbeat_seconds = heartbeat_seconds
        self._min_interval_seconds = self._interval_seconds = interval_seconds
        self._clock = clock
        self._uniform = uniform
        self._backoff = Backoff(uniform)
        self._synced_at = -inf
        self._due_at = inf
        #: Whether the last sync failed.
        self.is_failing = False

    def due_at(self, has_changes: bool) -> float:
        """Return when to sync next; ``has_changes`` makes it one interval after the last."""
        if self.is_failing:
            return self._due_at
        due_at = min(self._due_at, self._synced_at + self._heartbeat_seconds)
        if has_changes:
            due_at = min(due_at, self._synced_at + self._interval_seconds)
        return due_at

    def request_sync(self) -> None:
        """Make the next sync due now."""
        self._due_at = self._clock()

    def record_answer(self, lease: Lease, is_behind: bool) -> None:
        """Schedule the sync after an answer; ``is_behind`` makes it due at once."""
        now = self._clock()
        self._synced_at = self._due_at = now
        shortest = max(self._min_interval_seconds, lease.workers / REPORTS_PER_SECOND)
        self._interval_seconds = min(
            self._heartbeat_seconds, self._uniform(shortest, (1 + JITTER) * shortest)
        )
        if lease.more or lease.resync or is_behind:
            return
        due_in_seconds = inf if lease.due_in_ms is None else lease.due_in_ms / 1000
        # However often people leave, one report per interval is enough.
        self._due_at = now + max(due_in_seconds, self._interval_seconds)

    def record_failure(self) -> None:
        """Schedule a retry after a backoff."""
        self.is_failing = True
        self._due_at = self._clock() + self._backoff.next_seconds()

    def end_outage(self) -> None:
        """Forget the failures."""
        self.is_failing = False
        self._backoff.reset()
