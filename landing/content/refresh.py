"""Keep the copy of a serving process current: after each message, and at each heartbeat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from math import inf

from channels.db import database_sync_to_async

from .. import conf
from ..resilience import loops
from . import current


class ContentRefresh:
    """Reads the row again if another process changed it. ``clock`` is monotonic, in seconds.

    A message is a hint. The read at the next heartbeat repairs a lost one.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        #: Set after the first read, even if it failed.
        self.was_read = asyncio.Event()
        self._clock = clock
        self._due_at = -inf
        self._changed = asyncio.Event()

    def due_at(self) -> float:
        """Return when the next read is due."""
        return self._due_at

    def receive_hint(self) -> None:
        """Read the row soon. Called in the event loop."""
        self._due_at = -inf
        self._changed.set()

    async def refresh(self) -> None:
        """Read the row in a thread."""
        # Before the read: a message that arrives during it makes the next one due.
        self._due_at = self._clock() + conf.read().LANDING_HEARTBEAT_SECONDS
        await database_sync_to_async(current.copy.refresh, thread_sensitive=False)()
        self.was_read.set()

    async def repeat(self) -> None:
        """Read the row whenever that is due, until cancelled."""
        await loops.repeat(self.refresh, self.due_at, self._changed, self._clock)
