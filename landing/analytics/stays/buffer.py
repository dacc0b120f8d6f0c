"""Collect the stays that end, and add them to the table from time to time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from math import inf

from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from ...dates import utc_now
from ...measures import counter
from ...resilience import errors
from ...resilience.outage import Outage
from ..rollups.changes import slot_of
from . import median, storage

logger = logging.getLogger(__name__)

#: How long a stay waits at most while the database works.
WRITE_SECONDS = 15.0
#: Pairs of a slot and a bucket that wait while it does not, for about a day. A pair takes a
#: hundred bytes, however many stays it counts.
MAX_WAITING = 10_000

#: Stays that are not stored.
stays_dropped = counter("analytics_stays_dropped", "Stays of visitors that are lost.", "reason")
_dropped_when_full = stays_dropped.labels("buffer_full")
_dropped_at_exit = stays_dropped.labels("exit")


class StayBuffer:
    """The stays that one process has yet to store, as counts by slot and bucket.

    ``clock`` is monotonic, in seconds. All methods except :meth:`finish` run in the event loop.
    """

    def __init__(
        self,
        now: Callable[[], datetime] = utc_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        #: set when :meth:`due_at` moves forward
        self.changed = asyncio.Event()
        self.outage = Outage(
            logger,
            "Writing stays",
            "they wait in memory",
            errors=errors.database.labels("write_stays"),
        )
        self._now = now
        self._clock = clock
        self._due_at = inf
        self._waiting: Counter[storage.Place] = Counter()

    @property
    def waiting(self) -> int:
        """How many stays wait."""
        return self._waiting.total()

    def add(self, stays_ms: Sequence[int]) -> None:
        """Add stays that have just ended, in ms; often none. The database gets them later."""
        if not stays_ms:
            return
        slot = slot_of(self._now())
        for stay_ms in stays_ms:
            place = slot, median.bucket_of(stay_ms)
            if place not in self._waiting and len(self._waiting) >= MAX_WAITING:
                _dropped_when_full.inc()
                continue
            self._waiting[place] += 1
        if self._due_at == inf:
            self._due_at = self._clock() + WRITE_SECONDS
            self.changed.set()

    def due_at(self) -> float:
        """Return when the next write is due; never while nothing waits."""
        return self._due_at

    async def write(self) -> None:
        """Store the stays in a thread. If the database fails, they wait for the next write."""
        taken, self._waiting = self._waiting, Counter()
        try:
            await _store(taken)
        except DatabaseError as error:
            taken.update(self._waiting)
            self._waiting = taken
            self.outage.record_failure(error)
        else:
            self.outage.record_success()
        self._due_at = self._clock() + WRITE_SECONDS if self._waiting else inf

    def finish(self) -> None:
        """Store the stays before the process exits. Blocks."""
        taken, self._waiting = self._waiting, Counter()
        if not taken:
            return
        try:
            storage.add(taken)
        except Exception as error:  # noqa: BLE001  nothing may prevent the exit
            _dropped_at_exit.inc(taken.total())
            logger.warning("%d stays are lost at exit: %s", taken.total(), error)


_store = database_sync_to_async(storage.add, thread_sensitive=False)
