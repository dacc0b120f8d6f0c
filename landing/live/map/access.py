"""Check the permission to watch the live map: it is for staff who may view analytics.

The permission is read again every 5 s, and at once for another session or user.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from math import inf
from typing import NamedTuple

from ..connection import Connection

#: Reads whether the user of a session may watch; None if the database fails.
ReadPermission = Callable[[str], Awaitable[bool | None]]
#: How long an answer holds.
MAX_AGE_SECONDS = 5.0
#: Answers that are kept. Without a limit, visitors could fill the memory.
MAX_ANSWERS = 1_000


class _Answer(NamedTuple):
    is_permitted: bool
    read_at: float


class MapAccess:
    """The newest answers, by session and user. ``clock`` is monotonic, in seconds."""

    def __init__(self, read: ReadPermission | None, clock: Callable[[], float]) -> None:
        self._read = read
        self._clock = clock
        self._answers: dict[tuple[str, str], _Answer] = {}

    async def permits(self, session_key: str | None, user: str | None) -> bool:
        """Return whether a user may watch with a session. Without either, nothing is read."""
        if self._read is None or session_key is None or user is None:
            return False
        key = session_key, user
        known = self._answers.get(key, _Answer(is_permitted=False, read_at=-inf))
        if self._clock() < known.read_at + MAX_AGE_SECONDS:
            return known.is_permitted
        read = await self._read(session_key)
        # During an outage of the database, the last answer holds.
        is_permitted = known.is_permitted if read is None else read
        self._answers.pop(key, None)
        if len(self._answers) >= MAX_ANSWERS:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = _Answer(is_permitted, self._clock())
        return is_permitted

    async def still_permits(self, connection: Connection) -> bool:
        """Return whether a connection may go on watching."""
        return await self.permits(connection.session_key, connection.user)
