"""The keys that count: held by a worker, or in their grace period.

A key is never both (rule 9), so each count is a sum of two sizes and takes O(1) to read.
Times are arguments (Unix ms). Same steps as ``_counts.lua`` and ``_events.lua``.
"""

from __future__ import annotations

from collections import Counter

from ..contract import Key, KeyType
from .grace_periods import GracePeriods
from .networks import NetworkSizes
from .places import PlaceCounts
from .stays import Stays


class PersonCounts:
    """Counts people, and collects who began and who ceased to count."""

    def __init__(self) -> None:
        #: per key, the number of workers that hold it
        self.held: dict[KeyType, Counter[bytes]] = {kind: Counter() for kind in KeyType}
        self.lingering: dict[KeyType, GracePeriods] = {kind: GracePeriods() for kind in KeyType}
        self.networks = NetworkSizes()
        self.places = PlaceCounts()
        self.stays = Stays()
        #: per person whose keys changed since the last :meth:`pop_events`: counted before?
        self._was_counted: dict[Key, bool] = {}

    @property
    def signed_in(self) -> int:
        return self._size(KeyType.USER)

    @property
    def anonymous(self) -> int:
        return self._size(KeyType.VISITOR) - self._size(KeyType.SIGNED)

    def add_holder(self, key: Key, network: bytes = b"", arrived_ms: int | None = None) -> None:
        """Count one more worker that holds the key; ``network`` is that of a visitor.

        ``arrived_ms`` is the time at which a new visitor arrived; None if that is unknown.
        """
        if key.kind is KeyType.VISITOR and arrived_ms is not None and not self.is_present(key):
            self.stays.begin(key.id, arrived_ms)
        self._record_change(key)
        self.report_network(key, network)
        self._note_presence(key, self.is_present(key), True)
        self.held[key.kind][key.id] += 1
        self.lingering[key.kind].discard(key.id)

    def report_network(self, key: Key, network: bytes) -> None:
        """Note the network of a visitor that is present."""
        if key.kind is KeyType.VISITOR:
            self.networks.report(key.id, network)

    def remove_holder(self, key: Key, until_ms: int = 0) -> None:
        """Count one worker less that holds the key.

        After the last one, the key counts until ``until_ms``; 0 means no grace period.
        """
        self._record_change(key)
        kind, id = key
        self.held[kind][id] -= 1
        if self.held[kind][id]:
            return
        del self.held[kind][id]
        if kind is KeyType.VISITOR:
            # A signed-in mark can have a longer grace period than its visitor: after a drain,
            # and a short visit to another worker. Without the visitor, it would count as
            # minus one.
            until_ms = max(until_ms, self.lingering[KeyType.SIGNED].until_ms.get(id, 0))
        if until_ms:
            self.lingering[kind].add(id, until_ms)
        elif kind is KeyType.VISITOR:
            # Nobody knows when it left.
            self.stays.discard(id)
        self._note_presence(key, True, bool(until_ms))

    def shorten_grace_period(self, key: Key, until_ms: int) -> None:
        """End the grace period of a key by this time. A mark does not outlive its visitor."""
        self.lingering[key.kind].shorten(key.id, until_ms)
        if key.kind is KeyType.VISITOR:
            self.lingering[KeyType.SIGNED].shorten(key.id, until_ms)

    def expire(self, now_ms: int, limit: int) -> bool:
        """Remove at most ``limit`` keys per type whose grace period has ended.

        Return True while more remain. A visitor goes together with its signed-in mark, and
        other marks go last, so that no step counts a person twice.
        """
        more_visitors = self._expire_type(KeyType.VISITOR, now_ms, limit)
        more_users = self._expire_type(KeyType.USER, now_ms, limit)
        if more_visitors or more_users:
            return True
        return self._expire_type(KeyType.SIGNED, now_ms, limit)

    def next_expiry_ms(self) -> int | None:
        """Return the end of the next grace period."""
        firsts = [periods.first() for periods in self.lingering.values()]
        return min((first[0] for first in firsts if first is not None), default=None)

    def end_step(self, max_people_per_network: int, max_places: int, now_ms: int) -> None:
        """Adjust the networks and the places to the changes of this step. 0 means no limit."""
        belated = self.networks.end_step(lambda id: self.is_counted(Key(KeyType.VISITOR, id)))
        limits = max_people_per_network, max_places, now_ms
        self.places.end_step(
            self.is_present,
            lambda id: self.networks.is_crowded(id, max_people_per_network),
            belated,
            *limits,
        )

    def pop_events(self) -> tuple[tuple[Key, ...], tuple[Key, ...]]:
        """Return the people who joined and those who left since the last call.

        Call it after :meth:`end_step`.
        """
        was_counted, self._was_counted = self._was_counted, {}
        joined = tuple(key for key, was in was_counted.items() if not was and self.is_counted(key))
        left = tuple(key for key, was in was_counted.items() if was and not self.is_counted(key))
        return joined, left

    def is_counted(self, person: Key) -> bool:
        """Return whether the user, or the visitor as an anonymous person, counts."""
        if person.kind is KeyType.USER:
            return self.is_present(person)
        return self.is_present(person) and not self.is_present(Key(KeyType.SIGNED, person.id))

    def is_present(self, key: Key) -> bool:
        """Return whether a worker holds the key, or it is in its grace period."""
        return key.id in self.held[key.kind] or key.id in self.lingering[key.kind].until_ms

    def _expire_type(self, kind: KeyType, now_ms: int, limit: int) -> bool:
        periods = self.lingering[kind]
        for _ in range(limit):
            first = periods.first()
            if first is None or first[0] > now_ms:
                return False
            self._remove_lingering(kind, first[1])
        first = periods.first()
        return first is not None and first[0] <= now_ms

    def _remove_lingering(self, kind: KeyType, id: bytes) -> None:
        self._record_change(Key(kind, id))
        if kind is KeyType.VISITOR:
            self.stays.end(id, self.lingering[kind].until_ms[id])
        self._discard_lingering(Key(kind, id))
        if kind is KeyType.VISITOR:
            self._discard_lingering(Key(KeyType.SIGNED, id))

    def _discard_lingering(self, key: Key) -> None:
        periods = self.lingering[key.kind]
        self._note_presence(key, key.id in periods.until_ms, False)
        periods.discard(key.id)

    def _note_presence(self, key: Key, before: bool, now: bool) -> None:
        self.networks.note_presence(key, before, now)
        self.places.note_presence(key, before, now)

    def _record_change(self, key: Key) -> None:
        person = key if key.kind is KeyType.USER else Key(KeyType.VISITOR, key.id)
        if person not in self._was_counted:
            self._was_counted[person] = self.is_counted(person)

    def _size(self, kind: KeyType) -> int:
        return len(self.held[kind]) + len(self.lingering[kind])
