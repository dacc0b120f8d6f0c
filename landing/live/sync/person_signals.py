"""Tells the site's own receivers who came and who went.

Owns the order of the signals and keeps slow receivers out of the worker's loops.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from ...signals import person_joined, person_left
from ..presence.contract import Key, KeyType

logger = logging.getLogger(__name__)

#: Steps that may wait for slow receivers; later ones are dropped and said so.
MAX_WAITING = 1_000


class PersonSignals:
    """The signals of one worker, sent one after the other."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[tuple[Sequence[Key], Sequence[Key]]] = asyncio.Queue(
            MAX_WAITING
        )
        self._dropping = False

    @property
    def wanted(self) -> bool:
        """Whether anybody listens; the backend need not look otherwise."""
        return bool(person_joined.has_listeners() or person_left.has_listeners())

    def put(self, joined: Sequence[Key], left: Sequence[Key]) -> None:
        """These people began and ceased to count in one step."""
        if not joined and not left:
            return
        try:
            self._waiting.put_nowait((joined, left))
        except asyncio.QueueFull:
            if not self._dropping:
                logger.warning("Receivers of person signals are too slow; some are not called")
            self._dropping = True
        else:
            self._dropping = False

    async def send_forever(self) -> None:
        """The task that calls the receivers."""
        while True:
            joined, left = await self._waiting.get()
            # Django logs a receiver that raises (logger django.dispatch).
            for key in left:
                await person_left.asend_robust(sender=PersonSignals, **_who(key))
            for key in joined:
                await person_joined.asend_robust(sender=PersonSignals, **_who(key))


def _who(key: Key) -> dict[str, str | None]:
    if key.kind is KeyType.USER:
        return {"visitor": None, "user": key.id.decode()}
    return {"visitor": key.id.hex(), "user": None}
