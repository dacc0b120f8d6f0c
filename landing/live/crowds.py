"""The networks that have, or had, several visitors on this worker."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

#: Visitors of one network on this worker from which on the worker reports their network. Most
#: visitors are alone in their network, and cost the backend nothing then.
MIN_CROWD = 2
#: Networks that a worker remembers as crowded, about 150 bytes each.
MAX_REMEMBERED = 10_000


class NetworkCrowds:
    """The network of each visitor of this worker. An unknown network, the empty text, has none.

    A network that was crowded once stays crowded while the worker remembers it: its visitors may
    still count after they have left this worker.
    """

    def __init__(self, min_crowd: int = MIN_CROWD) -> None:
        self._min_crowd = min_crowd
        self._network_of: dict[bytes, str] = {}
        self._visitors: dict[str, set[bytes]] = {}
        #: The network that became crowded last is at the end.
        self._remembered: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._network_of)

    def add(self, visitor: bytes, network: str) -> Collection[bytes]:
        """Put a visitor into its first network; return the others if this makes it crowded."""
        if not network or visitor in self._network_of:
            return ()
        self._network_of[visitor] = network
        visitors = self._visitors.setdefault(network, set())
        visitors.add(visitor)
        if len(visitors) != self._min_crowd:
            return ()
        was_crowded = network in self._remembered
        self._remember(network)
        return () if was_crowded else visitors - {visitor}

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
        has_crowd = len(self._visitors.get(network, ())) >= self._min_crowd
        return network if has_crowd or network in self._remembered else ""

    def _remember(self, network: str) -> None:
        self._remembered[network] = None
        self._remembered.move_to_end(network)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
