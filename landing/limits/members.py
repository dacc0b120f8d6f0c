"""A bounded number of members per network, such as the visitors that begin to leave rows.

A program can invent visitors, but it cannot easily invent networks.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: Networks that are remembered. A forgotten one begins without members.
MAX_NETWORKS = 100_000


class NetworkMembers:
    """Admits at most ``max_members()`` members of each network at a time; 0 means no limit.

    Clients of an unknown network, the empty text, have no limit. A member stays one for
    ``keep_seconds`` after its last use. ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self,
        max_members: Callable[[], int],
        keep_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        max_networks: int = MAX_NETWORKS,
    ) -> None:
        self._max_members = max_members
        self._keep_seconds = keep_seconds
        self._clock = clock
        self._max_networks = max_networks
        self.clear()

    def clear(self) -> None:
        """Forget all networks."""
        self._until: dict[str, dict[bytes, float]] = {}

    def admit(self, network: str, member: bytes) -> bool:
        """Make a member of the network, or keep one for longer; return False if it is full."""
        max_members = self._max_members()
        if not network or not max_members:
            return True
        until = self._until.get(network)
        if until is None:
            if len(self._until) >= self._max_networks:
                del self._until[next(iter(self._until))]
            until = self._until[network] = {}
        if member not in until and len(until) >= max_members:
            self._remove_expired(until)
            if len(until) >= max_members:
                return False
        until[member] = self._clock() + self._keep_seconds
        return True

    def _remove_expired(self, until: dict[bytes, float]) -> None:
        now = self._clock()
        for member in [each for each, end in until.items() if end <= now]:
            del until[member]
