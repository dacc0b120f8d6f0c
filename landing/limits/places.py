"""A bounded number of members per network, such as the people that one network adds to the counts.

A program can invent visitors, but it cannot easily invent networks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf

#: Networks that are remembered. A forgotten one begins with free places.
MAX_NETWORKS = 100_000


class _Place:
    """The place of one member: how many hold it, and until when it is kept without a holder."""

    __slots__ = ("holders", "until")

    def __init__(self) -> None:
        self.holders = 0
        self.until = -inf


class Places:
    """Gives each network at most ``max_members()`` places at a time; 0 means no limit.

    Clients of an unknown network, the empty text, have no limit. A member keeps its place while it
    is held, and ``keep_seconds()`` after its last use. ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self,
        max_members: Callable[[], int],
        keep_seconds: Callable[[], float],
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
        self._networks: dict[str, dict[bytes, _Place]] = {}

    def take(self, network: str, member: bytes) -> bool:
        """Give the member a place, or keep its place for longer; return False if all are taken."""
        if self._is_unlimited(network):
            return True
        place = self._find(network, member)
        if place is not None:
            place.until = self._clock() + self._keep_seconds()
        return place is not None

    def hold(self, network: str, member: bytes) -> bool:
        """Like :meth:`take`, and keep the place until :meth:`release`, which must follow."""
        if self._is_unlimited(network):
            return True
        place = self._find(network, member)
        if place is not None:
            place.holders += 1
        return place is not None

    def release(self, network: str, member: bytes) -> None:
        """End one hold. The last one keeps the place for ``keep_seconds()``."""
        place = self._networks.get(network, {}).get(member)
        if place is not None and place.holders:
            place.holders -= 1
            place.until = self._clock() + self._keep_seconds()

    def _is_unlimited(self, network: str) -> bool:
        return not network or not self._max_members()

    def _find(self, network: str, member: bytes) -> _Place | None:
        """Return the place of the member, a new one if there is room, or None."""
        max_members = self._max_members()
        places = self._networks.get(network)
        if places is None:
            self._make_room()
            places = self._networks[network] = {}
        if member not in places and len(places) >= max_members:
            self._free(places)
            if len(places) >= max_members:
                return None
        return places.setdefault(member, _Place())

    def _free(self, places: dict[bytes, _Place]) -> None:
        now = self._clock()
        over = [each for each, place in places.items() if not place.holders and place.until <= now]
        for member in over:
            del places[member]

    def _make_room(self) -> None:
        """Forget the oldest network without a holder, if there are too many."""
        if len(self._networks) < self._max_networks:
            return
        for network, places in self._networks.items():
            if not any(place.holders for place in places.values()):
                del self._networks[network]
                return
