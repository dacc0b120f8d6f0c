"""People per network. Same steps as ``_networks.lua``.

Of one network, at most a given number of anonymous people count; all are present. A visitor
belongs to the first network that a worker reports for it, until it is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from math import ceil
from typing import NamedTuple

from ..contract import Key, KeyType

#: Networks with at least this share of the limit, and two people, are near it.
NEAR = 0.8


class Crowd(NamedTuple):
    """How many people are over the limit, and how many count in networks near it."""

    uncounted: int
    suspects: int


class NetworkSizes:
    """The network of each visitor, and the anonymous people of each network.

    A visitor adds one to its network, and its signed-in mark takes it away again.
    """

    def __init__(self) -> None:
        self.network_of: dict[bytes, bytes] = {}
        self.sizes: Counter[bytes] = Counter()
        #: the networks of two people or more, which are few
        self._shared: set[bytes] = set()
        #: how often each key became present in this step, minus how often absent
        self._moved: Counter[Key] = Counter()
        self._reported: dict[bytes, bytes] = {}

    def report(self, visitor: bytes, network: bytes) -> None:
        """Note the network of a visitor that is present after this step."""
        if network:
            self._reported[visitor] = network

    def note_presence(self, key: Key, before: bool, now: bool) -> None:
        """Note a change of a key, if it is one."""
        if before != now and key.kind is not KeyType.USER:
            self._moved[key] += 1 if now else -1

    def end_step(self, is_anonymous: Callable[[bytes], bool]) -> Collection[bytes]:
        """Adjust the sizes to the changes of this step.

        ``is_anonymous`` returns whether a visitor counts as an anonymous person. Return the
        visitors that were present before anybody reported their network.
        """
        late = {
            visitor: network
            for visitor, network in self._reported.items()
            if visitor not in self.network_of and not self._moved[Key(KeyType.VISITOR, visitor)]
        }
        departed = []
        for key, by in self._moved.items():
            if key.kind is KeyType.VISITOR and by > 0 and key.id in self._reported:
                self.network_of[key.id] = self._reported[key.id]
            elif key.kind is KeyType.VISITOR and by < 0:
                departed.append(key.id)
        for key, by in self._moved.items():
            self._resize(key.id, by if key.kind is KeyType.VISITOR else -by)
        for visitor in departed:
            self.network_of.pop(visitor, None)
        for visitor, network in late.items():
            self.network_of[visitor] = network
            self._resize(visitor, int(is_anonymous(visitor)))
        self._moved.clear()
        self._reported.clear()
        return late

    def is_crowded(self, visitor: bytes, max_people: int) -> bool:
        """Return whether the network of a visitor is over the limit. 0 means no limit."""
        network = self.network_of.get(visitor)
        return network is not None and 0 < max_people < self.sizes[network]

    def crowd(self, max_people: int) -> Crowd:
        """Return who does not count, and who may be invented. 0 means no limit."""
        if not max_people:
            return Crowd(0, 0)
        sizes = (self.sizes[network] for network in self._shared)
        near = [size for size in sizes if size >= ceil(NEAR * max_people)]
        return Crowd(
            uncounted=sum(max(0, size - max_people) for size in near),
            suspects=sum(min(size, max_people) for size in near),
        )

    def _resize(self, visitor: bytes, by: int) -> None:
        network = self.network_of.get(visitor)
        if network is None:
            return
        self.sizes[network] += by
        if self.sizes[network] > 1:
            self._shared.add(network)
        else:
            self._shared.discard(network)
        if not self.sizes[network]:
            del self.sizes[network]
