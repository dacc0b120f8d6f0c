"""Sockets that do not take what they are sent: skipped, caught up, and in the end closed.

Nobody else waits for them, and what waits for them in this process stays small. A
socket with waiting bytes is *watched*; if they are still there at the next look it is
*slow* and is sent nothing; once they have left it gets the newest numbers; past a time
or a number of bytes it is closed with 4408.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from ..frames import CloseCode
from ..registry import Connection, Registry, Topics
from .outbound import EncodedFrames

logger = logging.getLogger(__name__)

#: Between two looks at the sockets that are watched.
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait for one socket, and for how long; how often all are looked at."""

    max_bytes: int
    max_seconds: float
    sweep_seconds: float


@dataclass(slots=True)
class _Watch:
    """``since`` when no byte has left; whether it is skipped, missed something, was closed."""

    since: float
    waiting_bytes: int = 0
    slow: bool = False
    missed: bool = False
    closed: bool = False


class SlowConsumers:
    """``newest`` is what a socket is told once it has caught up; ``clock`` in seconds."""

    def __init__(
        self,
        registry: Registry,
        limits: Limits,
        newest: Callable[[Topics], EncodedFrames],
        clock: Callable[[], float],
    ) -> None:
        #: set when one more socket is watched
        self.changed = asyncio.Event()
        #: how many were closed with 4408
        self.closed = 0
        self._registry = registry
        self._limits = limits
        self._newest = newest
        self._clock = clock
        self._watched: dict[Connection, _Watch] = {}
        self._look_at = inf
        self._sweep_at = clock() + limits.sweep_seconds
        self._closing: set[asyncio.Future[None]] = set()

    def __len__(self) -> int:
        """How many are watched."""
        return len(self._watched)

    def has_room(self, connection: Connection, more_bytes: int) -> bool:
        """Whether a socket whose bytes wait may be given more; if not, it has missed something."""
        waiting_bytes = connection.line.waiting_bytes()
        if not waiting_bytes:
            return True
        watch = self._watch(connection)
        if watch.slow or waiting_bytes + more_bytes > self._limits.max_bytes:
            watch.missed = True
            return False
        return True

    def missed(self, connection: Connection) -> None:
        """A frame passed this socket by."""
        self._watch(connection).missed = True

    def overflows(self, connection: Connection) -> bool:
        """Whether it has left so many replies unread that it is closed instead of answered."""
        if connection.line.waiting_bytes() <= self._limits.max_bytes:
            return False
        self._close(connection, self._watch(connection))
        return True

    def due_at(self) -> float:
        """When to look next."""
        return min(self._look_at, self._sweep_at)

    async def look(self) -> None:
        """Skip, catch up or close each socket that is watched; now and then look at all."""
        now = self._clock()
        if self._sweep_at <= now:
            self._sweep_at = now + self._limits.sweep_seconds
            for connection in self._registry:
                if connection.line.waiting_bytes():
                    self._watch(connection)
        for connection, watch in list(self._watched.items()):
            self._look_after(connection, watch, now)
        self._look_at = now + LOOK_SECONDS if self._watched else inf

    def _look_after(self, connection: Connection, watch: _Watch, now: float) -> None:
        waiting_bytes = connection.line.waiting_bytes()
        if connection not in self._registry or not (waiting_bytes or watch.closed):
            del self._watched[connection]
            if watch.missed and connection in self._registry:
                self._catch_up(connection)
        elif watch.slow and self._is_past_a_limit(watch, waiting_bytes, now):
            self._close(connection, watch)
        else:
            watch.slow = True
            watch.waiting_bytes = waiting_bytes

    def _is_past_a_limit(self, watch: _Watch, waiting_bytes: int, now: float) -> bool:
        """At the second look at the soonest: one frame may be longer than what may wait."""
        if waiting_bytes < watch.waiting_bytes:
            watch.since = now
        watch.waiting_bytes = waiting_bytes
        is_late = now - watch.since > self._limits.max_seconds
        return is_late or waiting_bytes > self._limits.max_bytes

    def _catch_up(self, connection: Connection) -> None:
        if not connection.line.write(self._newest(connection.topics)):
            self.missed(connection)

    def _watch(self, connection: Connection) -> _Watch:
        watch = self._watched.get(connection)
        if watch is None:
            watch = self._watched[connection] = _Watch(self._clock())
            self._look_at = min(self._look_at, watch.since + LOOK_SECONDS)
            self.changed.set()
        return watch

    def _close(self, connection: Connection, watch: _Watch) -> None:
        if watch.closed:
            return
        watch.closed = watch.slow = True
        self.closed += 1
        # Some servers wait here until the socket takes the close frame.
        closing = asyncio.ensure_future(self._end(connection))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _end(self, connection: Connection) -> None:
        try:
            await connection.close(CloseCode.SLOW_CONSUMER)
        except Exception as error:  # noqa: BLE001  servers differ in what they raise
            logger.debug("A slow reader was gone before it was closed: %r", error)
