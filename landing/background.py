"""The background tasks of a process: dwell rows, stays, samples, pruning, feed, and content.

Workers share this work without messages between them. The presence backend grants the read
of the aggregates to one worker at a time, and that worker writes the sample of the minute.
The worker that writes the first sample of a minute samples the places, and counts the new analytics
rows for the dashboard. The one that writes the first sample of a day prunes the tables.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from . import conf
from .activity import delivery
from .analytics import dwell_rows, retention, samples
from .analytics.places.sampling import PlaceSampling
from .analytics.retention import Work
from .analytics.rollups.counting_loop import CountingLoop
from .analytics.stays.buffer import StayBuffer
from .content.refresh import ContentRefresh
from .dates import unix_minute, utc_now
from .live.current_snapshot import Source, SourcedSnapshot
from .live.feed import Item
from .live.presence.aggregates import Aggregates
from .live.presence.contract import Snapshot
from .live.worker import Worker
from .models import ServingProcess
from .resilience import errors
from .resilience.counted_log import CountedLog
from .resilience.loops import repeat
from .resilience.outage import Outage

logger = logging.getLogger(__name__)

feed_outage = Outage(
    logger,
    "Reading activities",
    "the feed keeps its last items",
    errors=errors.database.labels("refresh_feed"),
)
sampling_outage = Outage(
    logger,
    "Sampling",
    "minutes without a sample stay unknown",
    errors=errors.database.labels("sample"),
)
_failed_prunes = errors.database.labels("prune")
_failed_claims = errors.database.labels("claim_presence")


class BackgroundTasks:
    """The background tasks of one process, in its event loop."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._log = CountedLog(logger)
        #: The last minute known to have a sample, and the peak of that sample.
        self._sampled: tuple[int, int] = (0, 0)
        #: When the next dwell rows are due.
        self.dwell_due_at = dwell_rows.next_due_at(now())
        #: When the feed is read next, in Unix seconds.
        self._feed_due_at = 0.0
        self._was_feed_read = asyncio.Event()
        self._counting_loop = CountingLoop()
        self.content = ContentRefresh()
        #: The stays that this process has yet to store.
        self.stays = StayBuffer(now)
        self._tasks: set[asyncio.Task[None]] = set()
        self.places = PlaceSampling()

    def start(self, worker: Worker) -> None:
        """Start the periodic tasks in the running event loop."""
        self.places.reader = worker.places
        record, refresh = (
            partial(self.record_dwell, worker),
            partial(self.refresh_feed, worker),
        )
        self._spawn(repeat(record, self._dwell_due_unix, asyncio.Event(), self._now_unix))
        self._spawn(repeat(refresh, self._feed_due_unix, asyncio.Event(), self._now_unix))
        self._spawn(self.content.repeat())
        self._spawn(repeat(self.stays.write, self.stays.due_at, self.stays.changed, monotonic))
        # Not every server reports its shutdown.
        atexit.register(self.stays.finish)

    async def wait_for_first_reads(self, timeout_seconds: float = 1.0) -> None:
        """Wait for the first reads of feed and content, even if they fail, at most the timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._was_feed_read.wait()
                await self.content.was_read.wait()

    def stop(self) -> None:
        """Cancel all tasks; pruning ends after the current batch and resumes another day."""
        for task in self._tasks:
            task.cancel()

    async def wait(self) -> None:
        """Wait until all tasks have ended, without canceling any."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- samples and pruning -------------------------------------------------------------

    def sample_soon(self, sourced: SourcedSnapshot | None, aggregates: Aggregates | None) -> None:
        """Start a task that samples this minute, if the counts are live and new."""
        if sourced is None or sourced.source is not Source.LIVE:
            return
        now, people = self._now(), sourced.snapshot.people
        minute, peak_people = self._sampled
        if minute != unix_minute(now) or people > peak_people:
            self._spawn(self._sample(now, sourced, aggregates))

    async def _sample(
        self, now: datetime, sourced: SourcedSnapshot, aggregates: Aggregates | None
    ) -> None:
        try:
            is_first, is_first_of_day = await _record_sample(now, sourced.snapshot, aggregates)
        except DatabaseError as error:
            sampling_outage.record_failure(error)
            return
        sampling_outage.record_success()
        self._sampled = unix_minute(now), sourced.snapshot.people
        if is_first:
            await self.places.sample(now, sourced.snapshot.people)
            await self._counting_loop.run()
        if is_first_of_day and conf.read().LANDING_PRUNE_DAILY:
            await self._prune(now)

    async def _prune(self, now: datetime) -> None:
        """Run one batch after another in a thread, so that no caller waits."""
        run_batch = database_sync_to_async(_run_next, thread_sensitive=False)
        batches = retention.prune(now, conf.read().LANDING_RETENTION_DAYS)
        pruned: dict[str, int] = {}
        try:
            while work := await run_batch(batches):
                pruned[work.task] = pruned.get(work.task, 0) + work.rows
        except DatabaseError as error:
            _failed_prunes.inc()
            logger.warning("Pruning failed and will resume tomorrow: %s", error)
        if any(pruned.values()):
            logger.info("Pruned %s", ", ".join(f"{rows} {task}" for task, rows in pruned.items()))

    # -- dwell rows ----------------------------------------------------------------------

    async def record_dwell(self, worker: Worker) -> None:
        """Record a dwell row per connected visitor, who then stays active for a window."""
        self.dwell_due_at = dwell_rows.next_due_at(self._now())
        await dwell_rows.record(worker.connections(), dwell_rows.last_due_at(self._now()))

    def _dwell_due_unix(self) -> float:
        # If the clock is set back, the next row must not wait until it has caught up.
        return min(self.dwell_due_at, dwell_rows.next_due_at(self._now())).timestamp()

    # -- the feed ------------------------------------------------------------------------

    async def refresh_feed(self, worker: Worker) -> None:
        """Find activities in the table whose messages this worker missed."""
        self._feed_due_at = self._now_unix() + conf.read().LANDING_HEARTBEAT_SECONDS
        version = worker.feed_version
        try:
            newest = await _read_newest_activities()
        except DatabaseError as error:
            feed_outage.record_failure(error)
        else:
            feed_outage.record_success()
            if worker.feed_version == version:
                worker.reconcile_feed(newest)
            else:
                # A message that arrived during the read is newer than its result: read again.
                self._feed_due_at = self._now_unix()
        self._was_feed_read.set()

    def _feed_due_unix(self) -> float:
        return min(self._feed_due_at, self._now_unix() + conf.read().LANDING_HEARTBEAT_SECONDS)

    # -- tasks ---------------------------------------------------------------------------

    def _now_unix(self) -> float:
        return self._now().timestamp()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.report(error, "A background task failed")


@partial(database_sync_to_async, thread_sensitive=False)
def _record_sample(
    now: datetime, snapshot: Snapshot, aggregates: Aggregates | None
) -> tuple[bool, bool]:
    """Write the sample; return whether it is the first one of its minute, and of the day."""
    was_inserted = samples.record_sample(
        now,
        people=snapshot.people,
        connections=snapshot.connections,
        active=aggregates.including(snapshot.people).active if aggregates else None,
    )
    return was_inserted, was_inserted and not samples.has_earlier_sample_today(now)


@partial(database_sync_to_async, thread_sensitive=False)
def _read_newest_activities() -> list[Item]:
    return delivery.catch_up()


async def claim_presence(process: str) -> str | None:
    """Store the id of this process; return the other id that it replaced, or None."""
    try:
        return await _claim_presence(process)
    except DatabaseError as error:
        _failed_claims.inc()
        # The other tasks log the outage.
        logger.debug("Could not store the id of this process: %s", error)
        return None


@partial(database_sync_to_async, thread_sensitive=False)
def _claim_presence(process: str) -> str | None:
    return ServingProcess.objects.claim(process)


def _run_next(batches: Iterator[Work]) -> Work | None:
    return next(batches, None)
