"""Slow consumers: connections that do not read fast enough.

A connection with waiting bytes is *watched*. If bytes still wait at the next scan, it is
*slow*, and broadcasts skip it. Once it has read everything, it is sent the current state. If
it exceeds a limit of time or bytes, it is closed with 4408. Nobody else waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from ...conf import LandingSettings
from ...limits import hits
from ...limits.hits import Limit
from ..connection import Audience, Connection
from ..frames import CloseCode
from ..registry import Registry
from ..transport.outbound import EncodedFrames

logger = logging.getLogger(__name__)

#: Time between two scans of the watched connections.
SCAN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes may wait for one connection, and how long.

    ``sweep_seconds`` is the time between two scans of all connections.
    """

    max_bytes: int
    max_seconds: float
    sweep_seconds: float

    @classmethod
    def from_settings(cls, settings: LandingSettings) -> Limits:
        return cls(
            max_bytes=settings.LANDING_SLOW_READER_MAX_BYTES,
            max_seconds=settings.LANDING_SLOW_READER_MAX_SECONDS,
            sweep_seconds=settings.LANDING_HEARTBEAT_SECONDS,
        )


@dataclass(slots=True)
class _Watch:
    """The state of a watched connection; no byte has left since ``stalled_at``."""

    stalled_at: float
    waiting_bytes: int = 0
    is_slow: bool = False
    has_missed: bool = False
    is_closed: bool = False


class SlowConsumers:
    """Watches, skips, and closes slow consumers.

    ``current_frames`` returns what a connection is sent once it has caught up. ``clock`` is
    monotonic, in seconds.
    """

    def __init__(
        self,
        registry: Registry,
        limits: Limits,
        current_frames: Callable[[Audience], EncodedFrames],
        clock: Callable[[], float],
    ) -> None:
        #: set when another connection is watched
        self.changed = asyncio.Event()
        #: how many connections were closed with 4408
        self.closed = 0
        self._registry = registry
        self._limits = limits
        self._current_frames = current_frames
        self._clock = clock
        self._watched: dict[Connection, _Watch] = {}
        self._scan_at = inf
        self._sweep_at = clock() + limits.sweep_seconds
        self._closing: set[asyncio.Future[None]] = set()

    def __len__(self) -> int:
        """Return how many connections are watched."""
        return len(self._watched)

    def has_room(self, connection: Connection, more_bytes: int) -> bool:
        """Return whether more bytes may be queued; if not, the connection has missed them."""
        waiting_bytes = connection.outbound.waiting_bytes()
        if not waiting_bytes:
            return True
        watch = self._watch(connection)
        if watch.is_slow or waiting_bytes + more_bytes > self._limits.max_bytes:
            watch.has_missed = True
            return False
        return True

    def mark_missed(self, connection: Connection) -> None:
        """Note that a broadcast skipped this connection."""
        self._watch(connection).has_missed = True

    def close_if_full(self, connection: Connection) -> bool:
        """Close a connection that left too many bytes unread; return whether it was closed."""
        if connection.outbound.waiting_bytes() <= self._limits.max_bytes:
            return False
        self._close(connection, self._watch(connection))
        return True

    def due_at(self) -> float:
        """Return when the next scan is due."""
        return min(self._scan_at, self._sweep_at)

    async def scan(self) -> None:
        """Skip, catch up, or close each watched connection; at times, sweep all of them.

        The sweep comes last: a connection is slow only if its bytes still wait at a later scan.
        """
        # After a stall, this task may run before the writes that became possible meanwhile.
        await asyncio.sleep(0)
        now = self._clock()
        for connection, watch in list(self._watched.items()):
            self._check(connection, watch, now)
        if self._sweep_at <= now:
            self._sweep(now)
        self._scan_at = now + SCAN_SECONDS if self._watched else inf

    def _sweep(self, now: float) -> None:
        """Watch each connection with waiting bytes."""
        self._sweep_at = now + self._limits.sweep_seconds
        for connection in self._registry:
            if connection.outbound.waiting_bytes():
                self._watch(connection)

    def _check(self, connection: Connection, watch: _Watch, now: float) -> None:
        waiting_bytes = connection.outbound.waiting_bytes()
        if connection not in self._registry or not (waiting_bytes or watch.is_closed):
            del self._watched[connection]
            if watch.has_missed and connection in self._registry:
                self._send_current(connection)
        elif watch.is_slow and self._is_over_limit(watch, waiting_bytes, now):
            self._close(connection, watch)
        else:
            watch.is_slow = True
            watch.waiting_bytes = waiting_bytes

    def _is_over_limit(self, watch: _Watch, waiting_bytes: int, now: float) -> bool:
        """Return whether a limit is exceeded, at the second scan or later.

        One frame alone may be longer than the limit of bytes.
        """
        if waiting_bytes < watch.waiting_bytes:
            watch.stalled_at = now
        watch.waiting_bytes = waiting_bytes
        is_stalled = now - watch.stalled_at > self._limits.max_seconds
        return is_stalled or waiting_bytes > self._limits.max_bytes

    def _send_current(self, connection: Connection) -> None:
        if not connection.outbound.write(self._current_frames(connection.audience)):
            self.mark_missed(connection)

    def _watch(self, connection: Connection) -> _Watch:
        watch = self._watched.get(connection)
        if watch is None:
            watch = self._watched[connection] = _Watch(self._clock())
            self._scan_at = min(self._scan_at, watch.stalled_at + SCAN_SECONDS)
            self.changed.set()
        return watch

    def _close(self, connection: Connection, watch: _Watch) -> None:
        if watch.is_closed:
            return
        watch.is_closed = watch.is_slow = True
        self.closed += 1
        hits.count(Limit.SLOW_CONSUMERS)
        # Some servers wait here until the client takes the close frame.
        closing = asyncio.ensure_future(self._send_close(connection))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _send_close(self, connection: Connection) -> None:
        try:
            await connection.close(CloseCode.SLOW_CONSUMER)
        except Exception as error:  # noqa: BLE001  servers differ in what they raise
            logger.debug("A slow consumer was gone before it was closed: %r", error)
