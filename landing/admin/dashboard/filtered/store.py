"""Keep the page views of the filters used last in this process, up to a limit of memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

#: Of all filters together. A range of 30 days with 100,000 visitors takes about 1 MB.
MAX_BYTES = 32 * 1024 * 1024


class Store:
    """Values that were read at one revision of the rollups. Used by several threads.

    Another revision empties the store, so that nothing is kept of a visitor who was forgotten. No
    value changes after it was stored.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        #: Values and their sizes.
        self._entries: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._revision = 0
        self._lock = Lock()

    @property
    def bytes(self) -> int:
        """Return about how much memory the values take."""
        return self._bytes

    def get(self, key: Hashable, revision: int) -> Any:
        """Return the value of this revision, or None."""
        with self._lock:
            if revision != self._revision:
                self._clear()
                self._revision = revision
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def put(self, key: Hashable, revision: int, value: Any, size: int) -> None:
        """Store a value of ``size`` bytes, and forget those that were not used for a long time.

        Another thread may have met another revision since the value was read.
        """
        with self._lock:
            self._remove(key)
            if revision != self._revision or size > self._max_bytes:
                return
            self._entries[key] = value, size
            self._bytes += size
            while self._bytes > self._max_bytes:
                self._remove(next(iter(self._entries)))

    def clear(self) -> None:
        """Forget all values."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        self._entries.clear()
        self._bytes = 0

    def _remove(self, key: Hashable) -> None:
        _, size = self._entries.pop(key, (None, 0))
        self._bytes -= size


store = Store()
