"""The networks with several visitors on this worker."""

from __future__ import annotations

from collections.abc import Collection

#: Visitors of one network on this worker from which on the worker reports their network. Most
#: visitors are alone in their network, and cost the backend nothing then.
MIN_CROWD = 2


class NetworkCrowds:
    """The network of each visitor of this worker. An unknown network, the empty text, has none."""

    def __init__(self, min_crowd: int = MIN_CROWD) -> None:
        self._min_crowd = min_crowd
        self._network_of: dict[bytes, str] = {}
        self._visitors: dict[str, set[bytes]] = {}

    def __len__(self) -> int:
        return len(self._network_of)

    def add(self, visitor: bytes, network: str) -> Collection[bytes]:
        """Put a visitor into its first network; return the others if this makes it crowded."""
        if not network or visitor in self._network_of:
            return ()
        self._network_of[visitor] = network
        visitors = self._visitors.setdefault(network, set())
        visitors.add(visitor)
        return visitors - {visitor} if len(visitors) == self._min_crowd else ()

    def remove(self, visitor: bytes) -> None:
        """Remove a visitor that has left this worker."""
        network = self._network_of.pop(visitor, None)
        if network is None:
            return
        self._visitors[network].discard(visitor)
        if not self._visitors[network]:
            del self._visitors[network]

    def network_of(self, visitor: bytes) -> str:
        """Return the network of this visitor if it is crowded; otherwise an empty text."""
        network = self._network_of.get(visitor, "")
        is_crowded = len(self._visitors.get(network, ())) >= self._min_crowd
        return network if is_crowded else ""
