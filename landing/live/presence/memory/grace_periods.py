"""Which keys still count after their last connection closed, and until when.

Times are arguments (Unix ms). :mod:`.leases` and :mod:`.counts` begin and end grace periods.
"""

from __future__ import annotations

import heapq


class GracePeriods:
    """The keys of one type in their grace period, with the end of each."""

    def __init__(self) -> None:
        self.until_ms: dict[bytes, int] = {}
        # Entries of keys that returned stay in the queue until they are due.
        self._queue: list[tuple[int, bytes]] = []

    def __len__(self) -> int:
        return len(self.until_ms)

    def add(self, id: bytes, until_ms: int) -> None:
        self.until_ms[id] = until_ms
        heapq.heappush(self._queue, (until_ms, id))

    def shorten(self, id: bytes, until_ms: int) -> None:
        """End the grace period of a key by this time, if it has one that ends later."""
        if self.until_ms.get(id, 0) > until_ms:
            self.add(id, until_ms)

    def discard(self, id: bytes) -> None:
        self.until_ms.pop(id, None)

    def first(self) -> tuple[int, bytes] | None:
        """Return the key whose grace period ends first, as ``(until_ms, id)``."""
        while self._queue and self.until_ms.get(self._queue[0][1]) != self._queue[0][0]:
            heapq.heappop(self._queue)
        return self._queue[0] if self._queue else None
