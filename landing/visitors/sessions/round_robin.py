"""Limit how many items are handled at once, so that all of them have their turn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable


class RoundRobin:
    """Takes at most ``limit`` of the items that wait, and continues after them next time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._last = ""

    def take(self, items: Iterable[str]) -> list[str]:
        """Return the items whose turn it is, in alphabetical order from the last one on."""
        ordered = sorted(items)
        start = bisect_right(ordered, self._last)
        taken = (ordered[start:] + ordered[:start])[: self._limit]
        self._last = taken[-1] if taken else ""
        return taken
