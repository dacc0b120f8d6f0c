"""Who is connected to THIS worker.

Owns the set of local sockets and, per visitor and user, how many of them there
are. Synchronous, without I/O, Django or asyncio. Knows nothing of other workers:
what flips here is reported to a presence backend by :mod:`landing.live.sync.report`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from .frames import EVERY_TOPIC, Topic
from .presence.contract import Key, KeyType
from .transport.outbound import Outbound

#: What a socket is subscribed to. Few different sets exist, however many sockets.
Topics = frozenset[Topic]
#: Ends one socket with a close code.
Close = Callable[[int], Awaitable[None]]

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Connection:
    """One open socket. ``counted`` is False for staff where the site leaves them out.

    ``recorded``: whether its visitor may leave rows in a table.
    """

    visitor: bytes
    user: str | None
    line: Outbound
    close: Close
    topics: Topics = EVERY_TOPIC
    counted: bool = True
    recorded: bool = True

    def keys(self) -> tuple[Key, ...]:
        """What this socket makes present, visitor first."""
        if not self.counted:
            return ()
        visitor = Key(KeyType.VISITOR, self.visitor)
        if self.user is None:
            return (visitor,)
        return visitor, Key(KeyType.SIGNED, self.visitor), Key(KeyType.USER, self.user.encode())


class Registry:
    """The local sockets; each method is O(1) in their number, the iterators O(n)."""

    def __init__(self) -> None:
        self._connections: dict[Connection, None] = {}
        self._sockets_of: Counter[Key] = Counter()
        self._per_visitor: Counter[bytes] = Counter()
        self._counted = 0
        #: rises whenever somebody comes, goes, or listens to something else
        self.changes = 0
        #: how many have gone
        self.ended = 0

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._connections)

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._connections

    @property
    def counted_connections(self) -> int:
        """Open sockets that enter the numbers."""
        return self._counted

    def sockets_of_visitor(self, visitor: bytes) -> int:
        return self._per_visitor[visitor]

    def add(self, connection: Connection) -> list[Key]:
        """Register; returns the keys that became present here."""
        if connection in self._connections:
            return []
        self._connections[connection] = None
        self.changes += 1
        self._per_visitor[connection.visitor] += 1
        self._counted += connection.counted
        keys = connection.keys()
        self._sockets_of.update(keys)
        return [key for key in keys if self._sockets_of[key] == 1]

    def remove(self, connection: Connection) -> list[Key]:
        """Forget; returns the keys that ceased to be present here. Harmless when repeated."""
        if connection not in self._connections:
            return []
        del self._connections[connection]
        self.changes += 1
        self.ended += 1
        _decrement(self._per_visitor, connection.visitor)
        self._counted -= connection.counted
        return [key for key in connection.keys() if _decrement(self._sockets_of, key)]

    def listen(self, connection: Connection, topics: Topics) -> None:
        """From now on it hears of these."""
        connection.topics = topics
        self.changes += 1

    def holds(self, key: Key) -> bool:
        return key in self._sockets_of

    def keys(self) -> Iterator[Key]:
        """Everything present here."""
        return iter(self._sockets_of)


def _decrement(counter: Counter[T], key: T) -> bool:
    """Take one away and drop a zero, so that nothing is left behind; True when it was the last."""
    counter[key] -= 1
    if counter[key]:
        return False
    del counter[key]
    return True
