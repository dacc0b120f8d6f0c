from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from landing.live.crowds import NetworkCrowds

VISITORS = [b"ana", b"ben", b"cid", b"dan"]
NETWORKS = ["", "office", "home"]


class CrowdsMachine(RuleBasedStateMachine):
    """Compares the crowds with one plain table of visitors."""

    def __init__(self) -> None:
        super().__init__()
        self.crowds = NetworkCrowds()
        self.networks: dict[bytes, str] = {}

    @rule(visitor=st.sampled_from(VISITORS), network=st.sampled_from(NETWORKS))
    def add(self, visitor: bytes, network: str) -> None:
        others = {each for each, its in self.networks.items() if its == network}
        is_new = network != "" and visitor not in self.networks
        if is_new:
            self.networks[visitor] = network
        expected = others if is_new and len(others) == 1 else set()
        assert set(self.crowds.add(visitor, network)) == expected

    @rule(visitor=st.sampled_from(VISITORS))
    def remove(self, visitor: bytes) -> None:
        self.networks.pop(visitor, None)
        self.crowds.remove(visitor)

    @invariant()
    def only_networks_of_two_or_more_are_crowded(self) -> None:
        sizes = Counter(self.networks.values())
        for visitor in VISITORS:
            network = self.networks.get(visitor, "")
            expected = network if sizes[network] > 1 else ""
            assert self.crowds.network_of(visitor) == expected
        assert len(self.crowds) == len(self.networks)


TestCrowds = CrowdsMachine.TestCase
TestCrowds.settings = settings(max_examples=60, deadline=None)
