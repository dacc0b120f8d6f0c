"""Count new analytics rows in the background, in the event loop of a serving process."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator

from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from ...resilience import errors
from ...resilience.outage import Outage
from . import counting

outage = Outage(
    logging.getLogger(__name__),
    "Counting analytics rows",
    "the dashboard shows older figures",
    errors=errors.database.labels("count_rows"),
)


class CountingLoop:
    """Counts one batch after another in a thread, until no row is left."""

    def __init__(
        self,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause = pause
        self._clock = clock
        self._is_running = False

    async def run(self) -> None:
        """Count all new rows; do nothing while an earlier call still counts.

        Each batch is followed by a pause of the same length, so that a backlog leaves half of the
        time to others.
        """
        if self._is_running:
            return
        self._is_running = True
        try:
            await self._run_batches()
        except DatabaseError as error:
            outage.record_failure(error)
        else:
            outage.record_success()
        finally:
            self._is_running = False

    async def _run_batches(self) -> None:
        run_batch = database_sync_to_async(_run_next, thread_sensitive=False)
        batches = counting.count_new_rows()
        begun_at = self._clock()
        while await run_batch(batches) == counting.BATCH_ROWS:
            await self._pause(self._clock() - begun_at)
            begun_at = self._clock()


def _run_next(batches: Iterator[int]) -> int:
    return next(batches, 0)
