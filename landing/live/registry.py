"""The registry: the open connections of this worker.

Counts, per visitor and user, how many connections are open here. Synchronous, without I/O,
Django, or asyncio. It knows no other worker: :mod:`landing.live.sync.report` reports the
keys whose presence changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from ..limits.places import Places
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

    ``is_counted`` is False for a program, which enters no count, and ``is_recorded`` if the visitor
    leaves no analytics rows. Both are False while ``is_left_out``: for staff, if the site
    leaves them out. ``network`` is that of the client, and ``has_place`` whether the connection
    holds one of its places in the counts. ``session_key`` is the session of the browser; None
    without one.
    """

    visitor: bytes
    user: str | None
    outbound: Outbound
    close: Close
    topics: Topics = EVERY_TOPIC
    is_counted: bool = True
    is_recorded: bool = True
    is_left_out: bool = False
    session_key: str | None = None
    network: str = ""
    has_place: bool = False
    #: ``is_counted`` and ``is_recorded`` of somebody who is not left out
    _regular: tuple[bool, bool] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._regular = self.is_counted, self.is_recorded
        self.set_user(self.user, is_left_out=self.is_left_out)

    def set_user(self, user: str | None, *, is_left_out: bool) -> None:
        """Change who this is. A registered connection changes through its registry only."""
        self.user, self.is_left_out = user, is_left_out
        self.is_counted, self.is_recorded = (False, False) if is_left_out else self._regular

    def stop_recording(self) -> None:
        """Leave no more analytics rows."""
        self._regular, self.is_recorded = (self._regular[0], False), False

    @property
    def is_person(self) -> bool:
        """Whether the connection enters the counts unless it is left out."""
        return self._regular[0]

    def exclude(self) -> None:
        """Enter no count and leave no rows from now on."""
        self._regular = False, False
        self.set_user(self.user, is_left_out=self.is_left_out)

    def keys(self) -> tuple[Key, ...]:
        """Return the keys that this connection makes present, the visitor's first."""
        if not self.is_counted:
            return ()
        visitor = Key(KeyType.VISITOR, self.visitor)
        if self.user is None:
            return (visitor,)
        return visitor, Key(KeyType.SIGNED, self.visitor), Key(KeyType.USER, self.user.encode())


class ReplacedKeys(NamedTuple):
    """The keys that became present, and those that are gone, when a connection changed."""

    present: list[Key]
    gone: list[Key]


class Registry:
    """The open connections. Each method is O(1) in their number, each iterator O(n)."""

    def __init__(self, places: Places | None = None) -> None:
        """Create an empty registry. ``places`` bounds the people of a network that count."""
        self._places = places
        self._connections: dict[Connection, None] = {}
        self._connections_by_key: Counter[Key] = Counter()
        self._connections_by_visitor: dict[bytes, set[Connection]] = {}
        self._connections_by_session: dict[str, set[Connection]] = {}
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
        return len(self.of_visitor(visitor))

    def of_visitor(self, visitor: bytes) -> Collection[Connection]:
        """Return the open connections of this visitor."""
        return self._connections_by_visitor.get(visitor, ())

    def of_session(self, session_key: str) -> Collection[Connection]:
        """Return the open connections with this session."""
        return self._connections_by_session.get(session_key, ())

    @property
    def session_keys(self) -> Collection[str]:
        """The sessions of the open connections."""
        return self._connections_by_session.keys()

    def add(self, connection: Connection) -> list[Key]:
        """Register a connection; return the keys that became present. Idempotent."""
        if connection in self._connections:
            return []
        self._connections[connection] = None
        self.version += 1
        self._take_place(connection)
        self._connections_by_visitor.setdefault(connection.visitor, set()).add(connection)
        if connection.session_key is not None:
            self._connections_by_session.setdefault(connection.session_key, set()).add(connection)
        self._counted += connection.is_counted
        return self._hold(connection.keys())

    def remove(self, connection: Connection) -> list[Key]:
        """Unregister a closed connection; return the keys that are gone. Idempotent."""
        if connection not in self._connections:
            return []
        del self._connections[connection]
        self.version += 1
        self.closed += 1
        _discard(self._connections_by_visitor, connection.visitor, connection)
        _discard(self._connections_by_session, connection.session_key, connection)
        self._counted -= connection.is_counted
        self._leave_place(connection)
        return self._release(connection.keys())

    def set_user(
        self, connection: Connection, user: str | None, *, is_left_out: bool
    ) -> ReplacedKeys:
        """Change who an open connection is; return the keys that this changes."""
        if connection not in self._connections:
            return ReplacedKeys([], [])
        before, was_counted = connection.keys(), connection.is_counted
        connection.set_user(user, is_left_out=is_left_out)
        self._counted += connection.is_counted - was_counted
        return self._replace(before, connection.keys())

    def set_visitor(self, connection: Connection, visitor: bytes) -> ReplacedKeys:
        """Give an open connection to another visitor; return the keys that this changes."""
        if connection not in self._connections:
            return ReplacedKeys([], [])
        before, was_counted = connection.keys(), connection.is_counted
        _discard(self._connections_by_visitor, connection.visitor, connection)
        self._leave_place(connection)
        connection.visitor = visitor
        self._take_place(connection)
        self._connections_by_visitor.setdefault(visitor, set()).add(connection)
        self._counted += connection.is_counted - was_counted
        return self._replace(before, connection.keys())

    def set_session(self, connection: Connection, session_key: str | None) -> None:
        """Change the session of an open connection."""
        if connection not in self._connections:
            return
        _discard(self._connections_by_session, connection.session_key, connection)
        connection.session_key = session_key
        if session_key is not None:
            self._connections_by_session.setdefault(session_key, set()).add(connection)

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

    def _replace(self, before: Collection[Key], after: Collection[Key]) -> ReplacedKeys:
        return ReplacedKeys(
            self._hold([key for key in after if key not in before]),
            self._release([key for key in before if key not in after]),
        )

    def _take_place(self, connection: Connection) -> None:
        """Give a person a place of its network; without a free one, it does not count."""
        if self._places is None or not connection.is_person:
            return
        connection.has_place = self._places.hold(connection.network, connection.visitor)
        if not connection.has_place:
            connection.exclude()

    def _leave_place(self, connection: Connection) -> None:
        if self._places is not None and connection.has_place:
            connection.has_place = False
            self._places.release(connection.network, connection.visitor)

    def _hold(self, keys: Collection[Key]) -> list[Key]:
        """Count one more connection per key; return the keys that became present."""
        self._connections_by_key.update(keys)
        return [key for key in keys if self._connections_by_key[key] == 1]

    def _release(self, keys: Collection[Key]) -> list[Key]:
        """Count one connection less per key; return the keys that are gone."""
        gone = []
        for key in keys:
            self._connections_by_key[key] -= 1
            if not self._connections_by_key[key]:
                del self._connections_by_key[key]
                gone.append(key)
        return gone


def _discard(index: dict[T, set[Connection]], key: T | None, connection: Connection) -> None:
    """Remove a connection from an index; the last one leaves no entry behind."""
    if key is None or key not in index:
        return
    index[key].discard(connection)
    if not index[key]:
        del index[key]
