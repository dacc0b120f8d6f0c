"""The registry: the open connections of this worker.

Knows, per visitor and user, how many connections are open here, and its place. Synchronous,
without I/O, Django, or asyncio. It knows no other worker: :mod:`landing.live.sync.report`
reports the keys whose presence or place changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import NamedTuple, TypeVar

from .connection import Connection, Topics
from .crowded_networks import MIN_CROWD, CrowdedNetworks
from .places.latest import LatestPlaces
from .presence.contract import Key, KeyType

T = TypeVar("T")


class ReplacedKeys(NamedTuple):
    """The keys that are gone when a connection changed, and the others to report."""

    present: list[Key]
    gone: list[Key]


class Registry:
    """The open connections. Each method is O(1) in their number, each iterator O(n)."""

    def __init__(self, min_crowd: int = MIN_CROWD) -> None:
        self._crowded_networks = CrowdedNetworks(min_crowd)
        self._keys = HeldKeys()
        self._connections: dict[Connection, None] = {}
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

    def crowded_network_of(self, visitor: bytes) -> str:
        """Return the network of this visitor if it is crowded; otherwise an empty text."""
        return self._crowded_networks.network_of(visitor)

    def place_of(self, key: Key) -> str:
        """Return the place of this visitor or user; an empty text for elsewhere."""
        return self._keys.place_of(key)

    @property
    def session_keys(self) -> Collection[str]:
        """The sessions of the open connections."""
        return self._connections_by_session.keys()

    def add(self, connection: Connection) -> list[Key]:
        """Register a connection; return the keys to report. Idempotent."""
        if connection in self._connections:
            return []
        self._connections[connection] = None
        self.version += 1
        connection.opened = self.version
        crowd = self._add_visitor(connection)
        if connection.session_key is not None:
            self._connections_by_session.setdefault(connection.session_key, set()).add(connection)
        self._counted += connection.is_counted
        return self._keys.hold(connection, connection.keys()) + crowd

    def remove(self, connection: Connection) -> list[Key]:
        """Unregister a closed connection; return the keys to report. Idempotent."""
        if connection not in self._connections:
            return []
        del self._connections[connection]
        self.version += 1
        self.closed += 1
        self._remove_visitor(connection, may_still_count=connection.is_counted)
        _discard(self._connections_by_session, connection.session_key, connection)
        self._counted -= connection.is_counted
        gone, moved = self._keys.release(connection, connection.keys())
        return gone + moved

    def set_user(
        self, connection: Connection, user: str | None, *, is_left_out: bool
    ) -> ReplacedKeys:
        """Change who an open connection is; return the keys that this changes."""
        if connection not in self._connections:
            return ReplacedKeys([], [])
        before, was_counted = connection.keys(), connection.is_counted
        connection.set_user(user, is_left_out=is_left_out)
        self._counted += connection.is_counted - was_counted
        return self._replace(connection, before)

    def set_visitor(self, connection: Connection, visitor: bytes) -> ReplacedKeys:
        """Give an open connection to another visitor; return the keys that this changes."""
        if connection not in self._connections:
            return ReplacedKeys([], [])
        before = connection.keys()
        self._remove_visitor(connection, may_still_count=False)
        connection.visitor = visitor
        crowd = self._add_visitor(connection)
        present, gone = self._replace(connection, before)
        return ReplacedKeys(present + crowd, gone)

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
        return key in self._keys

    def keys(self) -> Iterator[Key]:
        """Iterate over all present keys."""
        return iter(self._keys)

    def _add_visitor(self, connection: Connection) -> list[Key]:
        """Index a connection by its visitor; return the keys whose network is crowded now."""
        self._connections_by_visitor.setdefault(connection.visitor, set()).add(connection)
        others = self._crowded_networks.add(connection.visitor, connection.network)
        if not others:
            return []
        keys = {each: Key(KeyType.VISITOR, each) for each in others}
        return [key for each, key in keys.items() if self.holds(key) or not self.of_visitor(each)]

    def _remove_visitor(self, connection: Connection, *, may_still_count: bool) -> None:
        _discard(self._connections_by_visitor, connection.visitor, connection)
        if connection.visitor not in self._connections_by_visitor:
            self._crowded_networks.remove(connection.visitor, may_still_count=may_still_count)

    def _replace(self, connection: Connection, before: Collection[Key]) -> ReplacedKeys:
        after = connection.keys()
        present = self._keys.hold(connection, [key for key in after if key not in before])
        gone, moved = self._keys.release(connection, [key for key in before if key not in after])
        return ReplacedKeys(present + moved, gone)


class HeldKeys:
    """The keys that open connections make present, with the place of each."""

    def __init__(self) -> None:
        self._connections: Counter[Key] = Counter()
        self._places = LatestPlaces()

    def __iter__(self) -> Iterator[Key]:
        return iter(self._connections)

    def __contains__(self, key: Key) -> bool:
        return key in self._connections

    def place_of(self, key: Key) -> str:
        """Return the place of a visitor or user; an empty text for elsewhere."""
        return self._places.place_of(key)

    def hold(self, connection: Connection, keys: Collection[Key]) -> list[Key]:
        """Count one more connection per key; return those that became present or moved."""
        present = []
        for key in keys:
            connections = self._connections.get(key, 0) + 1
            self._connections[key] = connections
            if connections == 1:
                present.append(key)
        moved = self._places.open(connection, keys)
        return present + [key for key in moved if key not in present]

    def release(self, connection: Connection, keys: Collection[Key]) -> tuple[list[Key], list[Key]]:
        """Count one connection less per key; return those that are gone, and those that moved."""
        gone = []
        for key in keys:
            self._connections[key] -= 1
            if not self._connections[key]:
                del self._connections[key]
                gone.append(key)
        moved = self._places.close(connection, keys)
        return gone, [key for key in moved if key in self._connections]


def _discard(index: dict[T, set[Connection]], key: T | None, connection: Connection) -> None:
    """Remove a connection from an index; the last one leaves no entry behind."""
    if key is None or key not in index:
        return
    index[key].discard(connection)
    if not index[key]:
        del index[key]
