"""Who counts: keys held by workers, and keys that linger after the last worker let go.

Pure state of the in-process backend; knows no leases, sequence numbers or clock
(every time is an argument, Unix ms). The two sets of a kind are disjoint, so
each number is a sum of sizes: O(1) to read.
"""

from __future__ import annotations

import heapq
from collections import Counter

from ..contract import Key, KeyType


class Lingering:
    """Keys of one kind with the time until which each still counts."""

    def __init__(self) -> None:
        self.until_ms: dict[bytes, int] = {}
        self._queue: list[tuple[int, bytes]] = []

    def __len__(self) -> int:
        return len(self.until_ms)

    def add(self, id: bytes, until_ms: int) -> None:
        self.until_ms[id] = until_ms
        heapq.heappush(self._queue, (until_ms, id))

    def discard(self, id: bytes) -> None:
        self.until_ms.pop(id, None)

    def first(self) -> tuple[int, bytes] | None:
        """The one that runs out first, as (until_ms, id)."""
        while self._queue and self.until_ms.get(self._queue[0][1]) != self._queue[0][0]:
            heapq.heappop(self._queue)
        return self._queue[0] if self._queue else None


class PersonCounts:
    """Counts people as ``docs/architecture.md`` defines them."""

    def __init__(self) -> None:
        self.held: dict[KeyType, Counter[bytes]] = {kind: Counter() for kind in KeyType}
        self.lingering: dict[KeyType, Lingering] = {kind: Lingering() for kind in KeyType}
        self._before: dict[Key, bool] = {}

    @property
    def signed_in(self) -> int:
        return self._size(KeyType.USER)

    @property
    def anonymous(self) -> int:
        return self._size(KeyType.VISITOR) - self._size(KeyType.SIGNED)

    def arrive(self, key: Key) -> None:
        """One more worker holds the key."""
        self._note(key)
        self.held[key.kind][key.id] += 1
        self.lingering[key.kind].discard(key.id)

    def leave(self, key: Key, until_ms: int = 0) -> None:
        """One worker less holds the key; after the last it lingers until then (0: not at all)."""
        self._note(key)
        kind, id = key
        self.held[kind][id] -= 1
        if self.held[kind][id]:
            return
        del self.held[kind][id]
        if kind is KeyType.VISITOR:
            # A signed-in mark may outlast the browser it is on (a long drain, then a
            # short visit elsewhere); without the browser it would count as minus one.
            until_ms = max(until_ms, self.lingering[KeyType.SIGNED].until_ms.get(id, 0))
        if until_ms:
            self.lingering[kind].add(id, until_ms)

    def expire(self, now_ms: int, limit: int) -> bool:
        """Drop what lingered long enough, at most ``limit`` keys of a kind; True when more waits.

        A browser goes together with its signed-in mark, and marks of browsers that
        stay go last, so that no step between shows anybody twice.
        """
        if self._expire_kind(KeyType.VISITOR, now_ms, limit) | self._expire_kind(
            KeyType.USER, now_ms, limit
        ):
            return True
        return self._expire_kind(KeyType.SIGNED, now_ms, limit)

    def _expire_kind(self, kind: KeyType, now_ms: int, limit: int) -> bool:
        lingering = self.lingering[kind]
        for _ in range(limit):
            first = lingering.first()
            if first is None or first[0] > now_ms:
                return False
            self._drop(kind, first[1])
        first = lingering.first()
        return first is not None and first[0] <= now_ms

    def next_ms(self) -> int | None:
        """When the next lingering key runs out."""
        firsts = [lingering.first() for lingering in self.lingering.values()]
        return min((first[0] for first in firsts if first is not None), default=None)

    def take_events(self) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
        """People who began and who ceased to count since the last call."""
        joined = tuple(key for key, was in self._before.items() if not was and self.counts(key))
        left = tuple(key for key, was in self._before.items() if was and not self.counts(key))
        self._before.clear()
        return joined, left

    def counts(self, person: Key) -> bool:
        """Whether this user, or this visitor as an anonymous one, is among the people."""
        if person.kind is KeyType.USER:
            return self._present(person)
        return self._present(person) and not self._present(Key(KeyType.SIGNED, person.id))

    def _drop(self, kind: KeyType, id: bytes) -> None:
        self._note(Key(kind, id))
        self.lingering[kind].discard(id)
        if kind is KeyType.VISITOR:
            self.lingering[KeyType.SIGNED].discard(id)

    def _note(self, key: Key) -> None:
        person = key if key.kind is KeyType.USER else Key(KeyType.VISITOR, key.id)
        if person not in self._before:
            self._before[person] = self.counts(person)

    def _present(self, key: Key) -> bool:
        return key.id in self.held[key.kind] or key.id in self.lingering[key.kind].until_ms

    def _size(self, kind: KeyType) -> int:
        return len(self.held[kind]) + len(self.lingering[kind])
