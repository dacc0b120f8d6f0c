"""The networks that have, or had, several visitors on this worker."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

#: Visitors of one network on this worker from which on the worker reports their network. Most
#: visitors are alone in their network, and cost the backend nothing then.
MIN_CROWD = 2
#: Networks that a worker remembers as crowded, and visitors that it remembers after they left,
#: about 150 bytes each.
MAX_REMEMBERED = 10_000


class CrowdedNetworks:
    """Knows the network of each visitor of this worker, and which of the networks are crowded.

    The unknown network, the empty text, is never crowded.

    A visitor who has left may still count, so it is part of the crowd while the worker remembers
    it. A network that was crowded once stays crowded while the worker remembers it.
    """

    def __init__(self, min_crowd: int = MIN_CROWD) -> None:
        self._min_crowd = min_crowd
        self._network_of: dict[bytes, str] = {}
        self._visitors: dict[str, set[bytes]] = {}
        #: The last visitor who left each network that is not crowded, the newest at the end.
        self._departed: OrderedDict[str, bytes] = OrderedDict()
        self._departed_from: dict[bytes, str] = {}
        #: The network that became crowded last is at the end.
        self._remembered: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._network_of)

    def add(self, visitor: bytes, network: str) -> Collection[bytes]:
        """Put a visitor into its first network; return the others if this makes it crowded.

        The others include one who has left.
        """
        if not network or visitor in self._network_of:
            return ()
        self._network_of[visitor] = network
        self._forget_departed(visitor)
        visitors = self._visitors.setdefault(network, set())
        visitors.add(visitor)
        if len(visitors) == self._min_crowd and network in self._remembered:
            self._remember(network)
        if network in self._remembered:
            return ()
        crowd = {*visitors, *([self._departed[network]] if network in self._departed else [])}
        if len(crowd) < self._min_crowd:
            return ()
        self._remember(network)
        return crowd - {visitor}

    def remove(self, visitor: bytes, *, may_still_count: bool = True) -> None:
        """Remove a visitor that has left this worker, and may count for its grace period."""
        network = self._network_of.pop(visitor, None)
        if network is None:
            return
        self._visitors[network].discard(visitor)
        if not self._visitors[network]:
            del self._visitors[network]
        if may_still_count and network not in self._remembered:
            self._note_departed(visitor, network)

    def network_of(self, visitor: bytes) -> str:
        """Return the network of this visitor if it is crowded; otherwise an empty text."""
        network = self._network_of.get(visitor) or self._departed_from.get(visitor, "")
        has_crowd = len(self._visitors.get(network, ())) >= self._min_crowd
        return network if has_crowd or network in self._remembered else ""

    def _note_departed(self, visitor: bytes, network: str) -> None:
        if network in self._departed:
            del self._departed_from[self._departed.pop(network)]
        self._departed[network] = visitor
        self._departed_from[visitor] = network
        if len(self._departed) > MAX_REMEMBERED:
            _, oldest = self._departed.popitem(last=False)
            del self._departed_from[oldest]

    def _forget_departed(self, visitor: bytes) -> None:
        network = self._departed_from.pop(visitor, None)
        if network is not None:
            del self._departed[network]

    def _remember(self, network: str) -> None:
        self._remembered[network] = None
        self._remembered.move_to_end(network)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
