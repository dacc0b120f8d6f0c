"""Detects a split presence: several processes over one database that each count in memory.

Each process stores its id in one row of the database, once per heartbeat. A process that finds
another id there again and again is not alone.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from math import inf

from ...conf import spell

logger = logging.getLogger(__name__)

#: Stores the id of this process; returns the other id that it replaced, or None.
Claim = Callable[[str], Awaitable[str | None]]


async def claim_nothing(process: str) -> None:
    """Find no other process: they share their presence."""


class SplitDetector:
    """Warns once if another process serves for longer than a lease beside this one.

    A restart and a rolling deploy overlap for a shorter time. ``clock`` is monotonic, in
    seconds.
    """

    def __init__(
        self,
        claim: Claim,
        heartbeat_seconds: float,
        lease_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        #: Ids sort by start time. Of two processes, only the one that started later warns.
        self.process = f"{time.time_ns():016x}{secrets.token_hex(4)}"
        #: Whether another process counts people beside this one.
        self.is_split = False
        self._claim = claim
        self._heartbeat_seconds = heartbeat_seconds
        self._lease_seconds = lease_seconds
        self._clock = clock
        self._due_at = clock() + heartbeat_seconds
        self._is_first_check = True
        self._has_warned = False
        #: When the other process was found first without a gap, and last.
        self._found_since: float | None = None
        self._found_at = -inf

    def due_at(self) -> float:
        """Return when the next check is due."""
        return self._due_at

    async def check(self) -> None:
        """Store the id of this process, and judge what it replaced."""
        self._due_at = self._clock() + self._heartbeat_seconds
        other = await self._claim(self.process)
        if self._is_first_check:
            # The row has the id of the previous life.
            self._is_first_check = False
            return
        self._update(other is not None)
        if self.is_split and not self._has_warned and other is not None and other < self.process:
            self._has_warned = True
            logger.warning(
                "Another process serves the same database, and each counts only its own "
                "visitors. Set %s for all processes, or run only one.",
                spell("LANDING_REDIS_URL"),
            )

    def _update(self, found: bool) -> None:
        now = self._clock()
        if found:
            self._found_at = now
            self._found_since = now if self._found_since is None else self._found_since
        elif now - self._found_at > self._lease_seconds:
            self._found_since = None
        since = self._found_since
        self.is_split = since is not None and self._found_at - since > self._lease_seconds
