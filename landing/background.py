"""What a process does beside answering: samples, heartbeats, the feed, pruning once a day.

Runs in the event loop of a process that serves, from its first call to its end. Which
process of the deployment samples follows from the right to read the table, which the
presence backend grants to one of them at a time; which one prunes, from who wrote the
first sample of the day. Nothing else is agreed on between them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from channels.db import database_sync_to_async
from django.db import Error as DatabaseError
from django.utils import timezone

from . import conf, stats
from .activity import delivery
from .analytics import dwell, history, retention
from .analytics.retention import Work
from .dates import day_start, site_day, unix_minute
from .live.broadcaster import Broadcaster
from .live.feed import Item
from .live.frames import Source, SourcedSnapshot
from .live.presence.contract import Aggregates
from .live.registry import Registry
from .models import CountSample
from .resilience.loops import repeat
from .resilience.outage import Outage

logger = logging.getLogger(__name__)

reading = Outage(logger, "Reading activities", "the feed shows what it knows")
sampling = Outage(logger, "Sampling", "minutes without a sample are unknown")


class BackgroundTasks:
    """Those of one process."""

    def __init__(self, now: Callable[[], datetime] = timezone.now) -> None:
        self._now = now
        #: the minute that has a sample, as far as this process knows, and the sample's peak
        self._sampled: tuple[int, int] = (0, 0)
        #: when whoever is connected leaves the next row
        self.beats_at = dwell.due_at(now())
        #: when the feed is looked at next, Unix time
        self._feed_due_at = 0.0
        self._feed_was_read = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, registry: Registry, broadcaster: Broadcaster) -> None:
        """In the running event loop, for the sockets in ``registry``."""
        beat, look = partial(self.beat, registry), partial(self.catch_up, broadcaster)
        self._spawn(repeat(beat, self._unix_due_at, asyncio.Event(), self._unix_now))
        self._spawn(repeat(look, self._unix_feed_due_at, asyncio.Event(), self._unix_now))

    async def first_feed(self, patience_seconds: float = 1.0) -> None:
        """When the feed was read once, or could not be; never waits long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_seconds):
                await self._feed_was_read.wait()

    def stop(self) -> None:
        """A batch that is being pruned ends; the next run goes on after it."""
        for task in self._tasks:
            task.cancel()

    async def done(self) -> None:
        """When nothing is under way any more; does not end what :meth:`stop` has not ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def read_aggregates(self, shown: SourcedSnapshot | None) -> Aggregates | None:
        """For the worker to which the right was granted: read it, and sample the minute."""
        table = await stats.read_aggregates(shown)
        if shown is not None and shown.source is Source.LIVE:
            await self._sample(shown, table)
        return table

    async def _sample(self, shown: SourcedSnapshot, table: Aggregates | None) -> None:
        now, people = self._now(), shown.snapshot.people
        minute, peak_people = self._sampled
        if minute == unix_minute(now) and people <= peak_people:
            return
        try:
            is_first = await _record(now, shown, table)
        except DatabaseError as error:
            sampling.began(error)
            return
        sampling.ended()
        self._sampled = unix_minute(now), people
        if is_first and conf.read().LANDING_PRUNE_DAILY:
            self._spawn(self._prune(now))

    async def beat(self, registry: Registry) -> None:
        """Whoever is connected leaves a row, and so is active for another window."""
        self.beats_at = dwell.due_at(self._now())
        await dwell.beat(registry, dwell.last_due_at(self._now()))

    async def catch_up(self, broadcaster: Broadcaster) -> None:
        """Each heartbeat: what the feed did not hear of, it finds in the table."""
        self._feed_due_at = self._unix_now() + conf.read().LANDING_HEARTBEAT_SECONDS
        changes = broadcaster.feed.changes
        try:
            newest = await _newest_activities()
        except DatabaseError as error:
            reading.began(error)
        else:
            reading.ended()
            if broadcaster.feed.changes == changes:
                broadcaster.adopt(newest)
            else:
                # What was heard meanwhile is newer than what was read: look again at once.
                self._feed_due_at = self._unix_now()
        self._feed_was_read.set()

    async def _prune(self, now: datetime) -> None:
        """Batch by batch, in a thread that nobody waits for."""
        step = database_sync_to_async(_next, thread_sensitive=False)
        batches = retention.batches(now, conf.read().LANDING_RETENTION_DAYS)
        done: dict[str, int] = {}
        try:
            while work := await step(batches):
                done[work.task] = done.get(work.task, 0) + work.rows
        except DatabaseError as error:
            logger.warning("Pruning ended early and goes on tomorrow: %s", error)
        if any(done.values()):
            logger.info("Pruned %s", ", ".join(f"{rows} {task}" for task, rows in done.items()))

    def _unix_now(self) -> float:
        return self._now().timestamp()

    def _unix_due_at(self) -> float:
        # A clock that is set back does not put the next row off by as much.
        return min(self.beats_at, dwell.due_at(self._now())).timestamp()

    def _unix_feed_due_at(self) -> float:
        return min(self._feed_due_at, self._unix_now() + conf.read().LANDING_HEARTBEAT_SECONDS)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("A chore failed", exc_info=task.exception())


@partial(database_sync_to_async, thread_sensitive=False)
def _record(now: datetime, shown: SourcedSnapshot, table: Aggregates | None) -> bool:
    """Sample this minute; whether that made the first sample of the site's day."""
    wrote = history.record_sample(
        now,
        people=shown.snapshot.people,
        connections=shown.snapshot.connections,
        active=max(table.active, shown.snapshot.people) if table else None,
    )
    day_from, minute = unix_minute(day_start(site_day(now))), unix_minute(now)
    earlier = CountSample.objects.filter(minute__gte=day_from, minute__lt=minute, is_demo=False)
    return wrote and not earlier.exists()


@partial(database_sync_to_async, thread_sensitive=False)
def _newest_activities() -> list[Item]:
    return delivery.catch_up()


def _next(batches: Iterator[Work]) -> Work | None:
    return next(batches, None)
