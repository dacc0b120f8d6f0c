"""Sends ``person_joined`` and ``person_left`` to the site's receivers.

Owns the order of the signals. Slow receivers delay only this queue, never the sync loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from ...resilience.counted_log import CountedLog
from ...signals import person_joined, person_left
from ..presence.contract import Key, KeyType

logger = logging.getLogger(__name__)

#: Syncs whose signals may wait for slow receivers; later ones are dropped with a warning.
MAX_WAITING = 1_000


class PersonSignals:
    """The queue of signals of one worker."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[tuple[Sequence[Key], Sequence[Key]]] = asyncio.Queue(
            MAX_WAITING
        )
        self._log = CountedLog(logger)

    @property
    def has_receivers(self) -> bool:
        """Whether the backend should list who joined and left."""
        return bool(person_joined.has_listeners() or person_left.has_listeners())

    def enqueue(self, joined: Sequence[Key], left: Sequence[Key]) -> None:
        """Queue the signals of one sync; drop them if too many wait."""
        if not joined and not left:
            return
        try:
            self._waiting.put_nowait((joined, left))
        except asyncio.QueueFull:
            self._log.warn("Receivers of person signals are too slow; some are not called")

    async def send_forever(self) -> None:
        """Call the receivers, one sync after the other."""
        while True:
            joined, left = await self._waiting.get()
            # Django logs a receiver that raises (logger django.dispatch).
            for key in left:
                await person_left.asend_robust(sender=PersonSignals, **_arguments(key))
            for key in joined:
                await person_joined.asend_robust(sender=PersonSignals, **_arguments(key))


def _arguments(key: Key) -> dict[str, str | None]:
    if key.kind is KeyType.USER:
        return {"visitor": None, "user": key.id.decode()}
    return {"visitor": key.id.hex(), "user": None}
