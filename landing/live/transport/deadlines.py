"""Total deadlines for many connections, with one timer.

A timer per connection would cost more than the rest of accepting it. All connections of one
deadline have the same time, so the oldest is always the first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)

#: How exactly a deadline is met.
SWEEP_SECONDS = 1.0


class Deadline(Generic[Item]):
    """Calls ``expire(item)`` for each item that was not discarded within ``seconds``."""

    def __init__(
        self,
        seconds: float,
        expire: Callable[[Item], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = seconds
        self._expire = expire
        self._clock = clock
        self._started_at: dict[Item, float] = {}

    def __len__(self) -> int:
        """Count the items with a running deadline."""
        return len(self._started_at)

    def start(self, item: Item) -> None:
        """Start the deadline of an item, again if it runs."""
        self._started_at.pop(item, None)
        self._started_at[item] = self._clock()

    def discard(self, item: Item) -> None:
        """End the deadline of an item. Idempotent."""
        self._started_at.pop(item, None)

    def oldest(self) -> Item | None:
        """Return the item whose deadline ends first."""
        return next(iter(self._started_at), None)

    def items(self) -> tuple[Item, ...]:
        """Return all items with a running deadline, the oldest first."""
        return tuple(self._started_at)

    def sweep(self) -> None:
        """Expire all items whose time is over."""
        limit = self._clock() - self.seconds
        while self._started_at:
            item, started_at = next(iter(self._started_at.items()))
            if started_at > limit:
                return
            del self._started_at[item]
            self._expire(item)


def sweep_forever(reactor: Any, deadlines: tuple[Deadline[Any], ...]) -> None:
    """Sweep the deadlines every second while the reactor runs.

    No other timer ends a silent connection, so an error must not end the sweeps.
    """
    reactor.callLater(SWEEP_SECONDS, sweep_forever, reactor, deadlines)
    for deadline in deadlines:
        deadline.sweep()
