"""How long visitors were here. Same steps as ``_stays.lua``, which explains who is measured."""

from __future__ import annotations

#: Visitors that are measured at a time.
MAX_MEASURED = 10_000


class Stays:
    """The arrivals of the measured visitors, and the stays that ended. Times are Unix ms."""

    def __init__(self) -> None:
        self._arrived_ms: dict[bytes, int] = {}
        #: per ended stay, the arrival and the end of the grace period
        self._ended: list[tuple[int, int]] = []

    def begin(self, visitor: bytes, at_ms: int) -> None:
        """Measure a visitor that has arrived, if there is room."""
        if len(self._arrived_ms) < MAX_MEASURED:
            self._arrived_ms[visitor] = at_ms

    def end(self, visitor: bytes, until_ms: int) -> None:
        """End the stay of a visitor whose grace period lasted until this time."""
        arrived_ms = self._arrived_ms.pop(visitor, None)
        if arrived_ms is not None:
            self._ended.append((arrived_ms, until_ms))

    def discard(self, visitor: bytes) -> None:
        """Measure a visitor no more."""
        self._arrived_ms.pop(visitor, None)

    def pop_ended(self, linger_ms: int) -> tuple[int, ...]:
        """Return the stays since the last call, in ms, without the grace period."""
        ended, self._ended = self._ended, []
        stays = (until_ms - linger_ms - arrived_ms for arrived_ms, until_ms in ended)
        return tuple(stay for stay in stays if stay >= 0)
