"""Sends the live map to the connections that watch it, at most one frame a second.

While nobody watches, nothing is read and nothing runs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from math import inf
from typing import Any, Protocol

from ...resilience import errors
from ...resilience.loops import repeat
from ...resilience.outage import Outage
from ..connection import Connection
from ..frames import BadFrame, Topic, dump_error
from ..places.counts import TOP
from ..presence.contract import PresenceBackend, PresenceError, Snapshot
from ..registry import Registry
from ..transport.outbound import EncodedFrames, encode
from . import content
from .access import MapAccess
from .access import ReadPermission as ReadPermission
from .content import MapCounts

#: Shortest time between two frames.
INTERVAL_SECONDS = 1.0
#: Equal numbers are sent again after this time, in case a slow consumer has missed them.
REPEAT_SECONDS = 10.0
#: The error frame of a connection that may not watch, or no longer.
REFUSAL = dump_error(
    BadFrame("not-permitted", "The map is for staff with the permission to view analytics.")
)

logger = logging.getLogger(__name__)


class Sender(Protocol):
    """Sends to one connection; see :class:`~landing.live.broadcast.fanout.Fanout`."""

    def send(self, connection: Connection, frames: EncodedFrames) -> None: ...


class LiveMap:
    """The map of one worker. :attr:`changed` is set when :meth:`due_at` may move."""

    def __init__(
        self,
        backend: PresenceBackend,
        registry: Registry,
        sender: Sender,
        receive_snapshot: Callable[[str, Snapshot], None],
        read_permission: ReadPermission | None,
        clock: Callable[[], float],
    ) -> None:
        self.changed = asyncio.Event()
        self.access = MapAccess(read_permission, clock)
        self._backend = backend
        self._registry = registry
        self._sender = sender
        self._receive_snapshot = receive_snapshot
        self._clock = clock
        self._outage = Outage(
            logger,
            "Reading the live map",
            "it shows the last counts as stale",
            clock,
            errors.redis.labels("read_map"),
        )
        self._known: MapCounts | None = None
        self._sent_at = -inf
        #: the last content of each watcher, with a rough time
        self._sent: dict[Connection, dict[str, Any]] = {}

    def welcome(self, connection: Connection) -> None:
        """Send the map to a connection soon, if it watches."""
        if Topic.MAP in connection.topics:
            self._sent.pop(connection, None)
            self.changed.set()

    def due_at(self) -> float:
        """Return when the next frame is due; never while nobody watches."""
        if not self._registry.subscribers.of(Topic.MAP):
            return inf
        return self._sent_at + INTERVAL_SECONDS

    async def publish_forever(self) -> None:
        """Publish whenever that is due."""
        await repeat(self.publish, self.due_at, self.changed, self._clock)

    async def publish(self) -> None:
        """Read the places once, and send them to each watcher who has not seen them."""
        self._sent_at = self._clock()
        await self._stop_refused()
        counts = await self._read() if self._registry.subscribers.of(Topic.MAP) else None
        watchers = self._registry.subscribers.of(Topic.MAP)
        self._sent = {each: sent for each, sent in self._sent.items() if each in watchers}
        if counts is None:
            return
        built = content.build(counts)
        numbers = {**built, "timestamp": self._sent_at // REPEAT_SECONDS}
        frames = encode([content.dump(built)])
        for connection in tuple(watchers):
            if self._sent.get(connection) != numbers:
                self._sent[connection] = numbers
                self._sender.send(connection, frames)

    async def _stop_refused(self) -> None:
        """End the subscription of each watcher who has lost the permission."""
        for connection in tuple(self._registry.subscribers.of(Topic.MAP)):
            if await self.access.still_permits(connection) or connection not in self._registry:
                continue
            connection.may_watch_map = False
            self._registry.set_topics(connection, connection.topics)
            self._sender.send(connection, encode([REFUSAL]))

    async def _read(self) -> MapCounts | None:
        try:
            places = await self._backend.places(TOP, steps=True)
        except PresenceError as error:
            self._outage.record_failure(error)
            return self._known.as_stale() if self._known else None
        self._outage.record_success()
        if places is None:
            return self._known.as_stale() if self._known else None
        self._receive_snapshot(places.snapshot.epoch, places.snapshot)
        self._known = MapCounts.of(places)
        return self._known
