"""What the sockets of this worker are told, and when.

At most one broadcast per interval, the last value always goes out, and nothing
is sent when nothing changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf

from landing.live.display import Display
from landing.live.fanout import send_to, send_to_all
from landing.live.messages import (
    Source,
    Topic,
    dump_activity_history,
    dump_count,
    dump_retry,
)
from landing.live.reconnect import spread_ms
from landing.live.registry import Connection, Registry


class Broadcaster:
    """``clock`` is monotonic, in seconds; ``changed`` is set when something new may be due."""

    def __init__(
        self,
        registry: Registry,
        display: Display,
        interval_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self.changed = asyncio.Event()
        #: over how many ms the sockets were told to spread a reconnect
        self.told_spread_ms = spread_ms(0)
        self._registry = registry
        self._display = display
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._told: tuple[int, Source] | None = None
        self._told_at = -inf

    async def greet(self, connection: Connection) -> None:
        """What a new socket gets at once; a broadcast that is due this moment reaches it too."""
        is_due = self._display.mark() != self._told and self.due_at() <= self._clock()
        topics = connection.topics - {Topic.ONLINE} if is_due else connection.topics
        await self.send_current(connection, topics)
        await send_to(dump_retry(self.told_spread_ms), connection)

    async def send_current(self, connection: Connection, topics: set[Topic]) -> None:
        """What is known now on these topics; nothing is sent of a number not yet known."""
        shown = self._display.shown()
        if Topic.ONLINE in topics and shown is not None:
            await send_to(dump_count(shown), connection)
        if Topic.ACTIVITY in topics:
            await send_to(dump_activity_history([]), connection)

    def due_at(self) -> float:
        """When the sockets are to hear something."""
        earliest = self._told_at + self._interval_seconds
        if self._display.mark() != self._told or self._spread_ms() != self.told_spread_ms:
            return earliest
        # Going stale is a change that nothing but time brings about. Once stale, the
        # next change wakes us.
        stale_at = self._display.stale_at
        return max(earliest, stale_at) if stale_at >= self._clock() else inf

    async def fan_out(self) -> None:
        """Send what changed since the last time."""
        self._told_at = self._clock()
        shown, mark = self._display.shown(), self._display.mark()
        if shown is not None and mark != self._told:
            self._told = mark
            await send_to_all(dump_count(shown), self._registry.subscribers(Topic.ONLINE))
        if self._spread_ms() != self.told_spread_ms:
            self.told_spread_ms = self._spread_ms()
            await send_to_all(dump_retry(self.told_spread_ms), list(self._registry))

    def _spread_ms(self) -> int:
        return spread_ms(len(self._registry))
