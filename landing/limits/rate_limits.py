"""Rate limits: at most N a second over time, and a burst at once.

The method is the generic cell rate algorithm (ITU-T I.371, "virtual scheduling"). The state of one
limit is a single time: until when everything so far is paid for.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)

#: Keys that a limit remembers, about 150 bytes each. A forgotten key begins with a full burst.
MAX_KEYS = 100_000
#: Old keys that one call forgets at most, so that no call takes long and the memory shrinks.
MAX_FORGOTTEN = 2


class Rate(NamedTuple):
    """A rate and its burst. A rate of 0 limits nothing. Times are monotonic, in seconds."""

    per_second: float
    burst: float

    def spend(self, paid_until: float, now: float, cost: float = 1.0) -> float:
        """Return the new state after something happened, even over the limit."""
        return max(paid_until, now) + (cost / self.per_second if self.per_second else 0.0)

    def wait_seconds(self, paid_until: float, now: float) -> float:
        """Return how long until the next one is within the limit; 0 if it is now."""
        if not self.per_second:
            return 0.0
        return max(0.0, paid_until - (self.burst - 1) / self.per_second - now)


class RateLimits(Generic[Key]):
    """One limit per key, in bounded memory. A rate of 0 remembers nothing.

    ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self,
        rate: Rate,
        clock: Callable[[], float] = time.monotonic,
        max_keys: int = MAX_KEYS,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._max_keys = max_keys
        #: The state of each key, the key that was used last at the end.
        self._paid_until: OrderedDict[Key, float] = OrderedDict()

    def __len__(self) -> int:
        """Count the keys that are remembered."""
        return len(self._paid_until)

    def spend(self, key: Key, cost: float = 1.0) -> None:
        """Record something that has happened, even over the limit."""
        if not self._rate.per_second:
            return
        now = self._clock()
        self._spend(key, self._paid_until.get(key, now), now, cost)

    def _spend(self, key: Key, paid_until: float, now: float, cost: float) -> None:
        self._paid_until[key] = self._rate.spend(paid_until, now, cost)
        self._paid_until.move_to_end(key)
        if len(self._paid_until) > self._max_keys:
            self._paid_until.popitem(last=False)
        for _ in range(MAX_FORGOTTEN):
            self._forget_oldest(now)

    def _forget_oldest(self, now: float) -> None:
        """Forget the oldest key if it has its full burst again, as a forgotten key has."""
        if self._paid_until:
            oldest = next(iter(self._paid_until))
            if self._paid_until[oldest] <= now:
                del self._paid_until[oldest]

    def wait_seconds(self, key: Key) -> float:
        """Return how long until the next one is within the limit; 0 if it is now."""
        if not self._rate.per_second:
            return 0.0
        now = self._clock()
        return self._rate.wait_seconds(self._paid_until.get(key, now), now)

    def take(self, key: Key) -> float:
        """Spend one and return 0, or spend nothing and return the seconds to wait."""
        if not self._rate.per_second:
            return 0.0
        now = self._clock()
        paid_until = self._paid_until.get(key, now)
        wait_seconds = self._rate.wait_seconds(paid_until, now)
        if not wait_seconds:
            self._spend(key, paid_until, now, 1.0)
        return wait_seconds
