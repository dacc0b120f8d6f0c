"""Limit how many visitors of a network may leave rows, in this process.

A program can invent visitors, but it cannot easily invent networks.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from math import inf
from threading import Lock

#: Networks that are remembered. A forgotten one begins without visitors.
MAX_NETWORKS = 100_000
#: How long a network admits no new visitors after another process has taken the last place.
FULL_SECONDS = 60.0
#: Networks without visitors that one new visitor removes at most, so that no call takes long.
MAX_FORGOTTEN = 2


class VisitorsPerNetwork:
    """Admits at most ``max_visitors()`` visitors of each network at a time; 0 means no limit.

    Visitors of an unknown network, the empty text, have no limit. A visitor keeps its place for
    ``keep_seconds`` after its last use. ``clock`` is monotonic, in seconds. All methods are
    thread-safe.
    """

    def __init__(
        self,
        max_visitors: Callable[[], int],
        keep_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        max_networks: int = MAX_NETWORKS,
    ) -> None:
        self._max_visitors = max_visitors
        self._keep_seconds = keep_seconds
        self._clock = clock
        self._max_networks = max_networks
        self.clear()

    def clear(self) -> None:
        """Forget all networks, also in a forked child process."""
        self._lock = Lock()
        #: The visitors of each network, the network that was used last at the end.
        self._until: OrderedDict[str, dict[bytes, float]] = OrderedDict()
        #: Until when a network admits no new visitors, after :meth:`refuse`.
        self._full_until: dict[str, float] = {}

    def admit(self, network: str, visitor: bytes) -> bool:
        """Give a visitor a place in the network, or renew it; return False if there is none."""
        max_visitors = self._max_visitors()
        if not network or not max_visitors:
            return True
        now = self._clock()
        with self._lock:
            until = self._visitors_of(network)
            is_new = visitor not in until
            if is_new:
                if now < self._full_until.get(network, -inf):
                    return False
                if len(until) >= max_visitors:
                    _remove_expired(until, now)
                if len(until) >= max_visitors:
                    return False
            until[visitor] = now + self._keep_seconds
            self._until.move_to_end(network)
            for _ in range(MAX_FORGOTTEN if is_new else 0):
                self._forget_oldest(now)
            return True

    def refuse(self, network: str, visitor: bytes) -> None:
        """Remove a visitor that other processes left no place for.

        The network admits no new visitors for :data:`FULL_SECONDS`.
        """
        with self._lock:
            if network in self._until:
                self._until[network].pop(visitor, None)
                self._full_until[network] = self._clock() + FULL_SECONDS

    def _visitors_of(self, network: str) -> dict[bytes, float]:
        if network not in self._until:
            if len(self._until) >= self._max_networks:
                self._forget(next(iter(self._until)))
            self._until[network] = {}
        return self._until[network]

    def _forget_oldest(self, now: float) -> None:
        """Forget the network that was used longest ago if it has no visitors any more."""
        oldest = next(iter(self._until), None)
        if oldest is None or now < self._full_until.get(oldest, -inf):
            return
        # The newest visitor comes first, because one that stays is enough to stop.
        if all(end <= now for end in reversed(self._until[oldest].values())):
            self._forget(oldest)

    def _forget(self, network: str) -> None:
        del self._until[network]
        self._full_until.pop(network, None)


def _remove_expired(until: dict[bytes, float], now: float) -> None:
    for visitor in [each for each, end in until.items() if end <= now]:
        del until[visitor]
