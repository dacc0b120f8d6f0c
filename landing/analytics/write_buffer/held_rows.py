"""The rows that wait for their confirmation before they wait for a batch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import Generic, TypeVar

Row = TypeVar("Row")

#: How long a row is held for its confirmation. Browsers open their WebSocket sooner.
HOLD_SECONDS = 5.0
#: Held rows; one more makes the oldest wait for its batch, as after its time.
MAX_HELD_ROWS = 10_000


class HeldRows(Generic[Row]):
    """Rows that may still change, one per key, the oldest first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        #: Rows with the time until which they are held.
        self._rows: dict[bytes, tuple[float, Row]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def keys(self) -> Collection[bytes]:
        """Return the keys."""
        return self._rows.keys()

    def add(self, key: bytes, row: Row) -> Row | None:
        """Hold a row; return one that cannot be held any longer: an earlier one, or the oldest."""
        earlier = self.pop(key)
        self._rows[key] = self._clock() + HOLD_SECONDS, row
        if len(self._rows) > MAX_HELD_ROWS:
            return self.pop(next(iter(self._rows)))
        return earlier

    def change(self, key: bytes, change: Callable[[Row], Row]) -> None:
        """Change the row with this key, if any, and hold it until the same time."""
        if key in self._rows:
            until, row = self._rows[key]
            self._rows[key] = until, change(row)

    def pop(self, key: bytes) -> Row | None:
        """Remove and return a row, or None."""
        held = self._rows.pop(key, None)
        return held and held[1]

    def pop_due(self, now: float) -> Iterator[Row]:
        """Remove and yield the rows whose time is over."""
        while (due_at := self.due_at()) is not None and due_at <= now:
            yield self._rows.pop(next(iter(self._rows)))[1]

    def due_at(self, position: int = 0) -> float | None:
        """Return the time of the row at this position, the oldest first, or None."""
        held = next(islice(self._rows.values(), position, None), None)
        return held and held[0]

    def discard(self, is_unwanted: Callable[[Row], bool]) -> None:
        """Remove the rows that are unwanted."""
        self._rows = {key: held for key, held in self._rows.items() if not is_unwanted(held[1])}
