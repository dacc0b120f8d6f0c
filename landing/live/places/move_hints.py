"""Informs the other workers that people have moved, which makes no new version of the counts.

A hint is the newest snapshot, published again. All workers together publish at most one per
broadcast interval, so the cost does not grow with the workers. A site without places needs none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from math import inf

from ..presence.contract import Answer, Report
from .worker_places import WorkerPlaces


class MoveHints:
    """The hints of one worker. ``clock`` is monotonic, in seconds.

    ``publish_snapshot`` sends the newest snapshot to every worker. :attr:`changed` is set when
    :meth:`due_at` moves forward.
    """

    def __init__(
        self,
        places: WorkerPlaces,
        publish_snapshot: Callable[[], Awaitable[None]],
        interval_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self.changed = asyncio.Event()
        self._places = places
        self._publish_snapshot = publish_snapshot
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._uses_places = False
        self._sent_at, self._due_at = -inf, inf

    def receive_answer(self, report: Report, answer: Answer) -> None:
        """Note that the backend has applied a report."""
        self._uses_places = self._uses_places or any(each.place for each in report.changes)
        if not (self._uses_places and report.changes):
            return
        self._places.note_change()
        # A worker that is alone has nobody to inform, and a granted publish informs everybody.
        if answer.lease.workers > 1 and not answer.grant.publish and self._due_at == inf:
            pause_seconds = self._interval_seconds * answer.lease.workers
            self._due_at = max(self._clock(), self._sent_at + pause_seconds)
            self.changed.set()

    def due_at(self) -> float:
        """Return when the next hint is due."""
        return self._due_at

    async def publish(self) -> None:
        """Publish one hint for all moves since the last one."""
        self._sent_at, self._due_at = self._clock(), inf
        await self._publish_snapshot()
