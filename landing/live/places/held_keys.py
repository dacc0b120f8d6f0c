"""The visitors and users that open connections make present, each with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import NamedTuple

from ..connection import Connection
from ..presence.contract import Key
from .latest import LatestPlaces


class ReplacedKeys(NamedTuple):
    """The keys that are gone when a connection changed, and the others to report."""

    present: list[Key]
    gone: list[Key]


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

    def show(self, connection: Connection, keys: Collection[Key], place: str) -> list[Key]:
        """Note the page that a connection shows now; return the keys that moved."""
        return self._places.show(connection, keys, place)

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

    def replace(self, connection: Connection, before: Collection[Key]) -> ReplacedKeys:
        """Hold the keys of a connection that has changed, instead of those from before."""
        after = connection.keys()
        present = self.hold(connection, [key for key in after if key not in before])
        gone, moved = self.release(connection, [key for key in before if key not in after])
        return ReplacedKeys(present + moved, gone)
