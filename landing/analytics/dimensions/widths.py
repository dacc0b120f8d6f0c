"""Remember the window width that a visitor's connection reported, for the visitor's page views.

A page request does not have the width. The page's WebSocket has it a moment later, so a page view
waits for it (:mod:`landing.analytics.recording`), unless the width of the visitor is known here.
"""

from __future__ import annotations

#: Visitors that a process remembers, about 100 bytes each. Forgetting one costs a wait.
MAX_VISITORS = 100_000


class Widths:
    """The last known class of the width of each visitor in this process."""

    def __init__(self) -> None:
        self._widths: dict[bytes, str] = {}

    def clear(self) -> None:
        """Forget all visitors."""
        self._widths.clear()

    def forget(self, visitor: bytes) -> None:
        """Forget one visitor."""
        self._widths.pop(visitor, None)

    def note(self, visitor: bytes, width: str) -> None:
        """Remember the width of a visitor; empty changes nothing."""
        if not width:
            return
        if len(self._widths) >= MAX_VISITORS:
            self._widths.clear()
        self._widths[visitor] = width

    def get(self, visitor: bytes) -> str:
        """Return the width, or an empty string if it is unknown."""
        return self._widths.get(visitor, "")


widths = Widths()
