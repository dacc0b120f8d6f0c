"""The registry: the open connections of this worker.

Counts, per visitor and user, how many connections are open here. Synchronous, without I/O,
Django, or asyncio. It knows no other worker: :mod:`landing.live.sync.report` reports the
keys whose presence changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from .frames import EVERY_TOPIC, Topic
from .presence.contract import Key, KeyType
from .transport.outbound import Outbound

#: The topics of a connection. Few different sets exist, however many connections.
Topics = frozenset[Topic]
#: Closes one connection with a close code.
Close = Callable[[int], Awaitable[None]]

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Connection:
    """One open WebSocket.

    ``is_counted`` is False for staff if the site leaves them out of the counts.
    ``is_recorded`` is False if the visitor leaves no analytics rows.
    """

    visitor: bytes
    user: str | None
    outbound: Outbound
    close: Close
    topics: Topics = EVERY_TOPIC
    is_counted: bool = True
    is_recorded: bool = True

    def keys(self) -> tuple[Key, ...]:
        """Return the keys that this connection makes present, the visitor's first."""
        if not self.is_counted:
            return ()
        visitor = Key(KeyType.VISITOR, self.visitor)
        if self.user is None:
            return (visitor,)
        return visitor, Key(KeyType.SIGNED, self.visitor), Key(KeyType.USER, self.user.encode())


class Registry:
    """The open connections. Each method is O(1) in their number, each iterator O(n)."""

    def __init__(self) -> None:
        self._connections: dict[Connection, None] = {}
        self._connections_by_key: Counter[Key] = Counter()
        self._connections_by_visitor: Counter[bytes] = Counter()
        self._counted = 0
        #: rises whenever a connection opens, closes, or changes its topics
        self.version = 0
        #: how many connections have closed
        self.closed = 0

    def __len__(self) -> int:
        return len(self._connections)

    def __iter__(self) -> Iterator[Connection]:
        return iter(self._connections)

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._connections

    @property
    def counted_connections(self) -> int:
        """How many open connections enter the counts."""
        return self._counted

    def connections_of(self, visitor: bytes) -> int:
        """Return how many connections this visitor has open here."""
        return self._connections_by_visitor[visitor]

    def add(self, connection: Connection) -> list[Key]:
        """Register a connection; return the keys that became present. Idempotent."""
        if connection in self._connections:
            return []
        self._connections[connection] = None
        self.version += 1
        self._connections_by_visitor[connection.visitor] += 1
        self._counted += connection.is_counted
        keys = connection.keys()
        self._connections_by_key.update(keys)
        return [key for key in keys if self._connections_by_key[key] == 1]

    def remove(self, connection: Connection) -> list[Key]:
        """Unregister a closed connection; return the keys that are gone. Idempotent."""
        if connection not in self._connections:
            return []
        del self._connections[connection]
        self.version += 1
        self.closed += 1
        _decrement(self._connections_by_visitor, connection.visitor)
        self._counted -= connection.is_counted
        return [key for key in connection.keys() if _decrement(self._connections_by_key, key)]

    def set_topics(self, connection: Connection, topics: Topics) -> None:
        """Change what a connection is subscribed to."""
        connection.topics = topics
        self.version += 1

    def holds(self, key: Key) -> bool:
        """Return whether a connection makes this key present."""
        return key in self._connections_by_key

    def keys(self) -> Iterator[Key]:
        """Iterate over all present keys."""
        return iter(self._connections_by_key)


def _decrement(counter: Counter[T], key: T) -> bool:
    """Count one less; return whether it was the last, which leaves no entry behind."""
    counter[key] -= 1
    if counter[key]:
        return False
    del counter[key]
    return True
