"""The round trips between a worker and its presence backend, measured for metrics."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from ...measures import latency
from ...resilience import errors
from .contract import Answer, PresenceBackend, PresenceError, Report

_failures = errors.redis.labels("sync")


class RoundTrips:
    """Sends reports to ``backend``. ``clock`` is monotonic, in seconds."""

    def __init__(self, backend: PresenceBackend, clock: Callable[[], float]) -> None:
        #: when a report was last answered; -inf before the first answer
        self.answered_at = -inf
        self.durations = latency("sync", "Round trips of answered syncs.")
        self._backend = backend
        self._clock = clock

    async def sync(self, report: Report) -> Answer:
        """Return the answer to a report. Raise PresenceError if there is none."""
        began_at = self._clock()
        try:
            answer = await self._backend.sync(report)
        except PresenceError:
            _failures.inc()
            raise
        self.answered_at = self._clock()
        self.durations.observe(self.answered_at - began_at)
        return answer
