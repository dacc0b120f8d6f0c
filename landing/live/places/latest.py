"""The place of each visitor and user of this worker: that of the page that was shown last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from itertools import takewhile

from ..connection import Connection
from ..presence.contract import Key, KeyType


class LatestPlaces:
    """Knows the open connections of each key in the order in which they showed their pages.

    Until the first connection that has a place, nothing is stored, so a site without places pays
    nothing.
    """

    def __init__(self) -> None:
        self._is_used = False
        self._connections: dict[Key, OrderedDict[Connection, None]] = {}

    def __len__(self) -> int:
        return len(self._connections)

    def place_of(self, key: Key) -> str:
        """Return the place of a visitor or user, in O(1); an empty text for elsewhere."""
        connections = self._connections.get(key)
        return next(reversed(connections)).place if connections else ""

    def open(self, connection: Connection, keys: Iterable[Key]) -> list[Key]:
        """Add a connection to its keys; return those whose place changes. Usually O(1)."""
        self._is_used = self._is_used or connection.place != ""
        if not self._is_used:
            return []
        moved = []
        for key in keys:
            if key.kind is KeyType.SIGNED:
                continue
            before = self.place_of(key)
            _insert(self._connections.setdefault(key, OrderedDict()), connection)
            if self.place_of(key) != before:
                moved.append(key)
        return moved

    def show(self, connection: Connection, keys: Iterable[Key], place: str) -> list[Key]:
        """Make the page of a connection the last one of its keys; return those that moved. O(1)."""
        self._is_used = self._is_used or place != ""
        before = {key: self.place_of(key) for key in keys if key.kind is not KeyType.SIGNED}
        connection.set_place(place)
        if not self._is_used:
            return []
        for key in before:
            connections = self._connections.setdefault(key, OrderedDict())
            connections[connection] = None
            connections.move_to_end(connection)
        return [key for key, previous in before.items() if previous != place]

    def close(self, connection: Connection, keys: Iterable[Key]) -> list[Key]:
        """Remove a connection from its keys; return those whose place changes, in O(1)."""
        moved = []
        for key in keys:
            connections = self._connections.get(key)
            if connections is None or connection not in connections:
                continue
            before = self.place_of(key)
            del connections[connection]
            if not connections:
                del self._connections[key]
            if self.place_of(key) != before:
                moved.append(key)
        return moved


def _insert(connections: OrderedDict[Connection, None], new: Connection) -> None:
    """Insert a connection in that order. A sign-in inserts some that showed their page earlier."""
    later = list(takewhile(lambda each: each.shown > new.shown, reversed(connections)))
    connections[new] = None
    for each in reversed(later):
        connections.move_to_end(each)
