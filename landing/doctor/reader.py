"""Read keys of Redis in small batches, so that no command blocks Redis, and count the cost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ..live.presence.contract import KeyType
from ..live.presence.redis.backend import RedisPresence
from ..live.presence.redis.state import Holding, State
from ..live.presence.redis.wire import Argument

#: Entries per command: 1 or 2 ms of Redis for a sorted set, and less for others.
BATCH = 500

T = TypeVar("T")


@dataclass(slots=True)
class Cost:
    """The cost of an examination."""

    commands: int = 0
    entries: int = 0
    seconds: float = 0.0
    slowest_seconds: float = 0.0  #: longest wait for one command, the network included


class Reader:
    """Sends and counts all commands of an examination. They only read, apart from trials."""

    def __init__(self, presence: RedisPresence, prefix: str) -> None:
        self.cost = Cost()
        self.prefix = "{" + prefix + "}:"
        self._presence = presence

    async def execute(self, *command: Argument) -> Any:
        """Return the reply to one command."""
        return await self._measure(self._presence.execute(*command))

    async def read_state(self) -> State:
        """Return all data except the ids, from one step."""
        return await self._measure(self._presence.read_state())

    async def verify(self, kind: KeyType, ids: Sequence[bytes]) -> list[Holding]:
        """Recount ids in one step."""
        self.cost.entries += len(ids)
        return await self._measure(self._presence.verify(kind, ids))

    async def find_failing_commands(self) -> list[tuple[str, str]]:
        """Try all commands of the scripts; return those that fail, each with its error."""
        return await self._measure(self._presence.find_failing_commands())

    async def scan_keys(self) -> AsyncIterator[str]:
        """Yield the names of all keys of the deployment, without the prefix, perhaps twice."""
        async for key in self._scan("SCAN", (), ("MATCH", self.prefix + "*")):
            yield key.decode(errors="replace").removeprefix(self.prefix)

    async def hash(self, key: str) -> dict[bytes, bytes]:
        """Return the fields of a hash."""
        return {name: value async for name, value in self._scan("HSCAN", (self.prefix + key,))}

    async def sorted_set(self, key: str) -> dict[bytes, float]:
        """Return the members of a sorted set with their scores."""
        return {name: score async for name, score in self._scan("ZSCAN", (self.prefix + key,))}

    async def set(self, key: str) -> set[bytes]:
        """Return the members of a set."""
        return {member async for member in self._scan("SSCAN", (self.prefix + key,))}

    async def _scan(
        self, command: str, before: tuple[str, ...], after: tuple[str, ...] = ()
    ) -> AsyncIterator[Any]:
        cursor = 0
        while True:
            cursor, page = await self.execute(command, *before, cursor, *after, "COUNT", BATCH)
            self.cost.entries += len(page)
            for item in page.items() if isinstance(page, dict) else page:
                yield item
            if cursor == 0:
                return

    async def _measure(self, reply: Awaitable[T]) -> T:
        began_at = time.perf_counter()
        try:
            return await reply
        finally:
            seconds = time.perf_counter() - began_at
            self.cost.commands += 1
            self.cost.seconds += seconds
            self.cost.slowest_seconds = max(self.cost.slowest_seconds, seconds)
