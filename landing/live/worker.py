"""The worker: the connections of one server process, and the snapshot that it shows.

Everything between a connection and the presence backend meets here. The worker never
touches the ORM. :mod:`landing.asgi` builds it at the first ASGI call of the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from ..conf import LandingSettings
from ..measures import TaskCount, latency
from .absent_worker import AbsentWorker
from .broadcast.broadcaster import Broadcaster
from .broadcast.fanout import Fanout
from .broadcast.fanout_budget import FanoutBudget
from .broadcast.slow_consumers import SlowConsumers
from .connection import Connection, Topics
from .current_snapshot import CurrentSnapshot, SourcedSnapshot
from .feed import FeedChange, Item
from .frames import CloseCode
from .map.live_map import LiveMap
from .places.parts import PlaceParts
from .presence.contract import Key
from .presence.split_detector import SplitDetector
from .registry import Registry
from .sync.drain import Drain
from .sync.group import Change, PageChange, WorkerGroup
from .sync.identities import Identities
from .sync.loop import SyncLoop

T = TypeVar("T")
#: Starts one background loop, which runs until it is cancelled.
StartLoop = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """The parts of a worker; built by :mod:`landing.asgi`."""

    registry: Registry
    current: CurrentSnapshot
    broadcaster: Broadcaster
    fanout: Fanout
    budget: FanoutBudget
    slow_consumers: SlowConsumers
    group: WorkerGroup
    sync: SyncLoop
    drain: Drain
    identities: Identities
    places: PlaceParts
    live_map: LiveMap
    #: Receives each connection that leaves analytics rows, when it opens.
    on_arrival: Callable[[Connection], None]
    split: SplitDetector
    #: Whether the server accepts no more connections; the drain follows.
    is_stopping: Callable[[], bool]
    clock: Callable[[], float]


class Worker:
    """One life of one server process, from its first ASGI call to its drain."""

    is_serving: Literal[True] = True

    def __init__(
        self, settings: LandingSettings, parts: WorkerParts, loops: Sequence[StartLoop]
    ) -> None:
        self.settings = settings
        self.parts = parts
        self.handshakes = latency("handshake", "WebSocket handshakes, from arrival to accept.")
        self.task_count = TaskCount(parts.registry)
        self._start_loops = loops
        self._tasks: set[asyncio.Task[None]] = set()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.places = parts.places.reader

    @property
    def is_draining(self) -> bool:
        """Whether the process is leaving."""
        return self.parts.drain.has_begun

    def is_full_for(self, visitor: bytes) -> bool:
        """Return whether one more connection of this visitor would be too many."""
        connections = self.parts.registry.of_visitor(visitor)
        return len(connections) >= self.settings.LANDING_MAX_CONNECTIONS_PER_VISITOR

    async def connect(self, connection: Connection, *, by_cookie: bool = False) -> None:
        """Register an accepted connection and send it the current state."""
        self.parts.identities.admit(connection, by_cookie=by_cookie)
        self._update_registry(self.parts.registry.add, connection)
        if self.is_draining:
            # Its handshake was in progress when the others were closed.
            await connection.close(CloseCode.GOING_AWAY)
            return
        if connection.is_recorded:
            self.parts.on_arrival(connection)
        if self.parts.sync.due_at() <= self.parts.clock():
            # Its first counts then include it.
            await self.parts.sync.brief_wait.wait()
        self.parts.broadcaster.welcome(connection)
        self.parts.live_map.welcome(connection)

    def disconnect(self, connection: Connection) -> None:
        """Unregister a closed connection. Idempotent."""
        self._update_registry(self.parts.registry.remove, connection)

    def set_topics(self, connection: Connection, topics: Topics) -> None:
        """Change the topics of a connection, and send it the current state of the new ones."""
        before = connection.topics
        self.parts.registry.set_topics(connection, topics)
        for topic in connection.topics - before:
            self.parts.broadcaster.send_topic(connection, topic)
        self.parts.live_map.welcome(connection)

    def set_place(self, connection: Connection, place: str) -> None:
        """Note that the browser of a connection shows another page, or the same one again."""
        self._update_registry(lambda each: self.parts.registry.set_place(each, place), connection)
        self.parts.broadcaster.send_here_soon(connection)

    def has_room_for_reply(self, connection: Connection) -> bool:
        """Return whether a reply may be sent; close a connection that left too many unread."""
        return not self.parts.slow_consumers.close_if_full(connection)

    def _update_registry(
        self, update: Callable[[Connection], list[Key]], connection: Connection
    ) -> None:
        had_changes = self.parts.sync.has_changes
        keys = update(connection)
        # The drain has reported everybody; connections that close now are not departures.
        if not self.is_draining:
            self.parts.sync.mark_dirty(keys, wake=not had_changes)

    # -- snapshot and feed ---------------------------------------------------------------

    def snapshot(self) -> SourcedSnapshot | None:
        """Return the current snapshot; None before the first real counts."""
        return self.parts.current.sourced()

    async def fetch_snapshot(self) -> SourcedSnapshot | None:
        """Return the current snapshot, without I/O; see :class:`AbsentWorker`."""
        return self.snapshot()

    def feed_items(self) -> tuple[Item, ...]:
        """Return the feed as pages show it, newest first."""
        return self.parts.broadcaster.feed_items

    @property
    def feed_version(self) -> int:
        """Rises with each change of the feed."""
        return self.parts.broadcaster.feed_version

    def reconcile_feed(self, newest: Iterable[Item]) -> None:
        """Apply the newest activities of the table to the feed."""
        self.parts.broadcaster.reconcile_feed(newest)

    def publish_activity(self, change: FeedChange) -> None:
        """Send a change of the feed to all workers. Thread-safe; never blocks.

        A stopped worker sends nothing: the others find the change in the table.
        """
        self._call_in_loop(self._publish_activity, change)

    def publish_change(self, change: Change) -> None:
        """Send a change of a browser or of the page to all workers. Thread-safe; never blocks."""
        self._call_in_loop(self._publish_change, change)

    def _call_in_loop(self, function: Callable[[T], None], argument: T) -> None:
        if self.loop is not None:
            with suppress(RuntimeError):  # the loop is closed
                self.loop.call_soon_threadsafe(function, argument)

    def _publish_change(self, change: Change) -> None:
        if not self.is_draining:
            if not isinstance(change, PageChange):
                self.parts.identities.receive(change)
            self._spawn(self.parts.group.publish_change(change))

    def _publish_activity(self, change: FeedChange) -> None:
        self.parts.broadcaster.receive_activity(change)
        if not self.is_draining:
            self._spawn(self.parts.group.publish_activity(change))

    def connections(self) -> Registry:
        """Return the open connections of this process."""
        return self.parts.registry

    async def start(self, timeout_seconds: float = 1.0) -> None:
        """Start the loops and wait for the first counts, at most ``timeout_seconds``."""
        self.loop = self.places.loop = asyncio.get_running_loop()
        for start_loop in self._start_loops:
            self._spawn(start_loop())
        self.task_count.update(self.loop)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self.parts.sync.wait_for_first_counts()

    def stop(self) -> Awaitable[None]:
        """Stop the loops and begin the drain; awaiting the result completes it. Idempotent."""
        if not self.is_draining:
            for task in self._tasks:
                task.cancel()
        return self.parts.drain.begin()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        # The event loop holds tasks only weakly.
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_current: Worker | AbsentWorker = AbsentWorker()


def current() -> Worker | AbsentWorker:
    """Return the worker of this process. Thread-safe."""
    return _current


def set_current(worker: Worker | AbsentWorker) -> None:
    """Set the worker of this process; for the composition root and tests."""
    global _current
    _current = worker
