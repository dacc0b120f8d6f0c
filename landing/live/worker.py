"""The live runtime of one server process: heartbeat, sync, and an orderly end.

Between a socket and the presence backend everything passes here. It never touches
the ORM and knows no wire protocol. It is started at the first ASGI call of the
process (Daphne and Channels send no lifespan) by :mod:`landing.asgi`.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from math import inf
from typing import Any

from ..conf import LandingSettings
from ..resilience.backoff import Backoff
from ..resilience.loops import repeat
from .broadcaster import Broadcaster
from .current_snapshot import CurrentSnapshot
from .feed import FeedChange
from .frames import CloseCode, SourcedSnapshot, Topic
from .presence.contract import Aggregates, Answer, PresenceBackend, PresenceError, Report, Snapshot
from .reconnect import drain_linger_ms
from .registry import Connection, Registry, Topics
from .sync.group import ChannelLayer, Group
from .sync.person_signals import PersonSignals
from .sync.report import ReportBuilder
from .sync.salts import SharedSalts
from .transport.fanout import Fanout, close_all
from .transport.fanout_budget import FanoutBudget
from .transport.garbage import GarbageScheduler
from .transport.outbound import EncodedFrames
from .transport.slow_consumers import Limits, SlowConsumers

logger = logging.getLogger(__name__)

#: Between two reports of changes lies up to so much more than the interval, so that
#: processes which were disturbed together do not go on reporting together.
JITTER = 0.2
#: An orderly stop waits no longer for the backend than this.
DRAIN_SECONDS = 5.0
#: A new socket waits for the report of itself, if one is due at once, no longer than this.
GREETING_PATIENCE_SECONDS = 0.1

#: Reads the analytics table, given what is shown now; None if it cannot be read.
ReadAggregates = Callable[[SourcedSnapshot | None], Awaitable[Aggregates | None]]


class Worker:
    """One life of one process. ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        presence: PresenceBackend,
        layer: ChannelLayer,
        settings: LandingSettings,
        *,
        read_aggregates: ReadAggregates | None = None,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.id = secrets.token_hex(8)
        self.settings = settings
        self.draining = False
        self.registry = Registry()
        self.share = ReportBuilder(self.id, self.registry)
        self.display = CurrentSnapshot(settings.LANDING_HEARTBEAT_SECONDS, clock)
        self.slow_readers = SlowConsumers(self.registry, _limits(settings), self._newest, clock)
        self.pace = FanoutBudget(
            settings.LANDING_BROADCAST_INTERVAL_SECONDS, settings.LANDING_FANOUT_SHARE
        )
        self.fanout = Fanout(self.registry, self.slow_readers, clock)
        self.broadcaster = Broadcaster(self.registry, self.display, self.fanout, self.pace, clock)
        self.group = Group(
            layer, settings.LANDING_REDIS_TIMEOUT_SECONDS, self._on_message, self.broadcaster.hear
        )
        self._presence = presence
        self._read_aggregates = read_aggregates
        self._clock = clock
        self._uniform = uniform
        self._backoff = Backoff(uniform)
        self._announcements = PersonSignals()
        self._salts = SharedSalts(presence)
        self._aggregates_to_report: Aggregates | None = None
        self._reading: asyncio.Task[None] | None = None
        self._synced_at = -inf
        self._interval_seconds = settings.LANDING_BROADCAST_INTERVAL_SECONDS
        self._due_at = inf
        self._failing_since: float | None = None
        self._changed = asyncio.Event()
        #: set when the sync that is under way or next has ended
        self._synced = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    # -- what sockets and screens call -----------------------------------------------

    async def connect(self, connection: Connection) -> None:
        """A socket was accepted: count it and tell it what is known."""
        self._touch(self.registry.add, connection)
        if self.draining:
            # Its handshake was under way when the others were told.
            await connection.close(CloseCode.GOING_AWAY)
            return
        if self.sync_due_at() <= self._clock():
            # Nobody is to read a number that lacks them, where it costs next to nothing.
            with suppress(TimeoutError):
                async with asyncio.timeout(GREETING_PATIENCE_SECONDS):
                    await self._synced.wait()
        self.broadcaster.greet(connection)

    def disconnect(self, connection: Connection) -> None:
        """A socket ended, in whatever way; harmless when repeated."""
        self._touch(self.registry.remove, connection)

    def subscribe(self, connection: Connection, topic: Topic) -> None:
        """From now on the socket hears of the topic, and at once what is known."""
        if topic not in connection.topics:
            self.registry.listen(connection, connection.topics | {topic})
            self.fanout.send(connection, self.broadcaster.current(frozenset({topic})))

    def unsubscribe(self, connection: Connection, topic: Topic) -> None:
        """From now on the socket hears no more of the topic."""
        if topic in connection.topics:
            self.registry.listen(connection, connection.topics - {topic})

    def is_full_for(self, visitor: bytes) -> bool:
        """Whether one more socket of this visitor is one too many."""
        sockets = self.registry.sockets_of_visitor(visitor)
        return sockets >= self.settings.LANDING_MAX_CONNECTIONS_PER_VISITOR

    def shown(self) -> SourcedSnapshot | None:
        """What every screen shows now; None while no real number was ever known."""
        return self.display.shown()

    def announce(self, news: FeedChange) -> None:
        """Tell the pages of every worker of an activity. From any thread, which never waits.

        Nobody is told by a worker that has ended; the others find it in the table.
        """
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._announce, news)

    def _announce(self, news: FeedChange) -> None:
        self.broadcaster.hear(news)
        if not self.draining:
            self._spawn(self.group.tell(news))

    def _newest(self, topics: Topics) -> EncodedFrames:
        return self.broadcaster.newest(topics)

    def _touch(self, change: Callable[[Connection], Any], connection: Connection) -> None:
        was_dirty = self.share.dirty
        keys = change(connection)
        # Sockets that end because the process does are no departures.
        if self.draining:
            return
        self.share.touch(keys)
        if not was_dirty:
            self._changed.set()

    # -- lifetime --------------------------------------------------------------------

    async def start(self, patience_seconds: float = 1.0) -> None:
        """Start the tasks; waits for the first numbers, the table's too, but never long."""
        self._loop = asyncio.get_running_loop()
        fan_out, slow = self.broadcaster, self.slow_readers
        self._spawn(repeat(self.sync, self.sync_due_at, self._changed, self._clock))
        self._spawn(repeat(fan_out.fan_out, fan_out.due_at, fan_out.changed, self._clock))
        self._spawn(repeat(slow.look, slow.due_at, slow.changed, self._clock))
        garbage = GarbageScheduler(self.registry, self.broadcaster.told_all, self._clock)
        self._spawn(repeat(garbage.look, garbage.due_at, asyncio.Event(), self._clock))
        self._spawn(self.group.receive_forever())
        self._spawn(self._announcements.send_forever())
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_seconds):
                await self._first_numbers()

    async def _first_numbers(self) -> None:
        await self._synced.wait()
        if self._reading is None:
            return
        await asyncio.wait([self._reading])
        if self._aggregates_to_report is not None:
            self._due_at = self._clock()
            self._changed.set()
            await self._synced.wait()

    def stop(self) -> Coroutine[Any, Any, None]:
        """Leave in order: the people linger elsewhere, the sockets hear 1001. Idempotent.

        What must precede the end of the first socket happens in the call itself, not
        when the result is awaited: servers cancel their sockets at the same moment.
        """
        if self.draining:
            return _nothing()
        self.draining = True
        for task in self._tasks:
            task.cancel()
        # Who came since the last report is to linger like everybody else.
        last = self._next_report() if self.share.dirty else None
        return self._leave(last, list(self.registry))

    async def drain_at_exit(self, presence: PresenceBackend) -> None:
        """The last resort at interpreter exit, over a backend of a loop that still runs."""
        if not self.draining:
            self.draining = True
            await self._drain(presence, None)

    async def _leave(self, last: Report | None, connections: Sequence[Connection]) -> None:
        await asyncio.gather(
            self._drain(self._presence, last), close_all(CloseCode.GOING_AWAY, connections)
        )

    async def _drain(self, presence: PresenceBackend, last: Report | None) -> None:
        linger_ms = drain_linger_ms(
            self.broadcaster.told_spread_ms, self.settings.LANDING_LINGER_SECONDS
        )
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                if last is not None:
                    await presence.sync(last)
                while await presence.drain(self.id, self.share.seq + 1, linger_ms):
                    pass
        except (PresenceError, TimeoutError) as error:
            logger.warning("The worker left without a drain; its lease will run out: %s", error)
        await presence.close()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- sync ------------------------------------------------------------------------

    def sync_due_at(self) -> float:
        """When the backend is to be asked next."""
        if self._failing_since is not None:
            return self._due_at
        due_at = min(self._due_at, self._synced_at + self.settings.LANDING_HEARTBEAT_SECONDS)
        if self.share.dirty or self._has_new_figures():
            due_at = min(due_at, self._synced_at + self._interval_seconds)
        return due_at

    async def sync(self) -> None:
        """One report and what follows from its answer."""
        report = self._next_report()
        try:
            answer = await self._presence.sync(report)
        except PresenceError as error:
            self.share.lost()
            self._failed(error)
        else:
            self._answered()
            if report.aggregates == self._aggregates_to_report and not answer.resync:
                self._aggregates_to_report = None
            self._notice_new_epoch(answer)
            self.share.acknowledge(report, answer)
            self._schedule(answer)
            await self._spread(answer)
        self._synced.set()
        self._synced = asyncio.Event()

    def _next_report(self) -> Report:
        return self.share.next_report(
            seen=self.display.snapshot.version if self.display.snapshot else 0,
            aggregates=self._aggregates_to_report,
            events=self._announcements.wanted,
        )

    async def _spread(self, answer: Answer) -> None:
        """Hand on what the answer says to whom it concerns."""
        self._show(answer.snapshot)
        self._announcements.put(answer.joined, answer.left)
        if answer.publish:
            await self.group.publish(answer.epoch, answer.snapshot)
        if answer.read_aggregates and self._read_aggregates is not None and not self._is_reading():
            self._reading = self._spawn(self._refresh(self._read_aggregates))
        await self._salts.share()

    def _show(self, snapshot: Snapshot | None) -> None:
        if self.display.adopt(snapshot):
            self.broadcaster.changed.set()

    def _on_message(self, epoch: str, snapshot: Snapshot | None) -> None:
        """A worker published; what is of another epoch is asked of the backend at once."""
        if epoch != self.share.epoch:
            self._due_at = self._clock()
            self._changed.set()
        elif snapshot is not None:
            self._show(snapshot)

    def _notice_new_epoch(self, answer: Answer) -> None:
        if answer.epoch != self.share.epoch and self.display.snapshot is not None:
            # The new epoch does not know it, and a number once known is not unknown again.
            self._aggregates_to_report = (
                self._aggregates_to_report or self.display.snapshot.aggregates
            )

    def _schedule(self, answer: Answer) -> None:
        self._synced_at = self._due_at = self._clock()
        longest = (1 + JITTER) * self.settings.LANDING_BROADCAST_INTERVAL_SECONDS
        self._interval_seconds = self._uniform(
            self.settings.LANDING_BROADCAST_INTERVAL_SECONDS, longest
        )
        if answer.more or answer.resync or self.share.behind:
            return
        due_in_seconds = inf if answer.due_in_ms is None else answer.due_in_ms / 1000
        # However often something runs out, one report per interval tells of it.
        self._due_at += max(due_in_seconds, self._interval_seconds)

    async def _refresh(self, read_aggregates: ReadAggregates) -> None:
        try:
            aggregates = await read_aggregates(self.shown())
        except Exception:
            logger.exception("The analytics table was not read")
        else:
            if aggregates is not None:
                self._aggregates_to_report = aggregates
                self._changed.set()

    def _is_reading(self) -> bool:
        return self._reading is not None and not self._reading.done()

    def _has_new_figures(self) -> bool:
        """Whether a report is due for them: a mere new age goes with the next heartbeat."""
        waiting, snapshot = self._aggregates_to_report, self.display.snapshot
        return waiting is not None and (snapshot is None or waiting.figures != snapshot.figures)

    def _failed(self, error: PresenceError) -> None:
        if self._failing_since is None:
            self._failing_since = self._clock()
            self.group.reachable.clear()
            logger.warning("Presence does not answer; the last numbers go stale: %s", error)
        self._due_at = self._clock() + self._backoff.next_seconds()

    def _answered(self) -> None:
        self.group.reachable.set()
        if self._failing_since is not None:
            seconds = self._clock() - self._failing_since
            logger.warning("Presence answers again after %.1f s", seconds)
            self._failing_since = None
            self._backoff.reset()


def _limits(settings: LandingSettings) -> Limits:
    return Limits(
        max_bytes=settings.LANDING_SLOW_READER_MAX_BYTES,
        max_seconds=settings.LANDING_SLOW_READER_MAX_SECONDS,
        sweep_seconds=settings.LANDING_HEARTBEAT_SECONDS,
    )


async def _nothing() -> None:
    """What is left to do when it was done before."""


_current: Worker | None = None


def current() -> Worker | None:
    """The worker of this process, from any thread; None before the first ASGI call."""
    return _current


def set_current(worker: Worker | None) -> None:
    """Wiring only: :mod:`landing.asgi` starts and stops the worker."""
    global _current
    _current = worker
