"""The registry: the open connections of this worker.

Knows, per visitor and user, how many connections are open here, and its place. Synchronous,
without I/O, Django, or asyncio. It knows no other worker: :mod:`landing.live.sync.report`
reports the keys whose presence or place changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Generic, TypeVar

from .connection import Connection, Topics
from .crowded_networks import MIN_CROWD, CrowdedNetworks
from .places.held_keys import HeldKeys, ReplacedKeys
from .places.subscribers import Subscribers
from .presence.contract import Key, KeyType

T = TypeVar("T")


class Registry:
    """The open connections. Each method is O(1) in their number, each iterator O(n)."""

    def __init__(self, min_crowd: int = MIN_CROWD) -> None:
        self._crowded_networks = CrowdedNetworks(min_crowd)
        self._keys = HeldKeys()
        self._connections: dict[Connection, None] = {}
        self._by_visitor: Index[bytes] = Index()
        self._by_session: Index[str] = Index()
        self.subscribers = Subscribers()
        self._counted = self._shown = 0
        #: rises whenever a connection opens, closes, or changes the frames that it receives
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

    def of_visitor(self, visitor: bytes) -> Collection[Connection]:
        """Return the open connections of this visitor."""
        return self._by_visitor.of(visitor)

    def of_session(self, session_key: str) -> Collection[Connection]:
        """Return the open connections with this session."""
        return self._by_session.of(session_key)

    def crowded_network_of(self, visitor: bytes) -> str:
        """Return the network of this visitor if it is crowded; otherwise an empty text."""
        return self._crowded_networks.network_of(visitor)

    def place_of(self, key: Key) -> str:
        """Return the place of this visitor or user; an empty text for elsewhere."""
        return self._keys.place_of(key)

    @property
    def session_keys(self) -> Collection[str]:
        """The sessions of the open connections."""
        return self._by_session.keys

    def add(self, connection: Connection) -> list[Key]:
        """Register a connection; return the keys to report. Idempotent."""
        if connection in self._connections:
            return []
        self._connections[connection] = None
        self.version += 1
        connection.shown = self._shown = self._shown + 1
        crowd = self._add_visitor(connection)
        self._by_session.add(connection.session_key, connection)
        self.subscribers.add(connection)
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
        self._by_session.discard(connection.session_key, connection)
        self.subscribers.discard(connection)
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
        self._change(connection, lambda: connection.set_user(user, is_left_out=is_left_out))
        self._counted += connection.is_counted - was_counted
        return self._keys.replace(connection, before)

    def set_visitor(self, connection: Connection, visitor: bytes) -> ReplacedKeys:
        """Give an open connection to another visitor; return the keys that this changes."""
        if connection not in self._connections:
            return ReplacedKeys([], [])
        before = connection.keys()
        self._remove_visitor(connection, may_still_count=False)
        connection.visitor = visitor
        crowd = self._add_visitor(connection)
        present, gone = self._keys.replace(connection, before)
        return ReplacedKeys(present + crowd, gone)

    def set_session(self, connection: Connection, session_key: str | None) -> None:
        """Change the session of an open connection."""
        if connection not in self._connections:
            return
        self._by_session.discard(connection.session_key, connection)
        connection.session_key = session_key
        self._by_session.add(session_key, connection)

    def set_topics(self, connection: Connection, topics: Topics) -> None:
        """Change what a connection is subscribed to."""
        self._change(connection, lambda: connection.set_topics(topics))

    def set_place(self, connection: Connection, place: str) -> list[Key]:
        """Make a connection the one that shows a page last; return the keys to report."""
        if connection not in self._connections:
            return []
        connection.shown = self._shown = self._shown + 1
        keys = connection.keys()
        return self._change(connection, lambda: self._keys.show(connection, keys, place))

    def holds(self, key: Key) -> bool:
        """Return whether a connection makes this key present."""
        return key in self._keys

    def keys(self) -> Iterator[Key]:
        """Iterate over all present keys."""
        return iter(self._keys)

    def _change(self, connection: Connection, change: Callable[[], T]) -> T:
        """Change a connection, and perhaps the frames that it receives."""
        before = connection.audience
        result = change()
        if connection.audience != before:
            self.version += 1
            self.subscribers.replace(before, connection)
        return result

    def _add_visitor(self, connection: Connection) -> list[Key]:
        """Index a connection by its visitor; return the keys whose network is crowded now."""
        self._by_visitor.add(connection.visitor, connection)
        others = self._crowded_networks.add(connection.visitor, connection.network)
        if not others:
            return []
        keys = {each: Key(KeyType.VISITOR, each) for each in others}
        return [key for each, key in keys.items() if self.holds(key) or not self.of_visitor(each)]

    def _remove_visitor(self, connection: Connection, *, may_still_count: bool) -> None:
        self._by_visitor.discard(connection.visitor, connection)
        if connection.visitor not in self._by_visitor:
            self._crowded_networks.remove(connection.visitor, may_still_count=may_still_count)


class Index(Generic[T]):
    """Connections by a key; a connection without one, so with None, is in no set."""

    def __init__(self) -> None:
        self._connections: dict[T, set[Connection]] = {}

    def __len__(self) -> int:
        return len(self._connections)

    def __contains__(self, key: T) -> bool:
        return key in self._connections

    @property
    def keys(self) -> Collection[T]:
        return self._connections.keys()

    def of(self, key: T) -> Collection[Connection]:
        """Return the connections with this key."""
        return self._connections.get(key, ())

    def add(self, key: T | None, connection: Connection) -> None:
        """Add a connection."""
        if key is not None:
            self._connections.setdefault(key, set()).add(connection)

    def discard(self, key: T | None, connection: Connection) -> None:
        """Remove a connection; the last one leaves no entry behind."""
        if key is None or key not in self._connections:
            return
        self._connections[key].discard(connection)
        if not self._connections[key]:
            del self._connections[key]
