from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from landing.live import crowded_networks
from landing.live.crowded_networks import CrowdedNetworks

VISITORS = [b"ana", b"ben", b"cid", b"dan"]
NETWORKS = ["", "office", "home"]


class CrowdedNetworksMachine(RuleBasedStateMachine):
    """Compares the crowded networks with one plain table of visitors."""

    def __init__(self) -> None:
        super().__init__()
        self.found = CrowdedNetworks()
        self.networks: dict[bytes, str] = {}
        self.departed: dict[str, bytes] = {}
        self.remembered: set[str] = set()

    @rule(visitor=st.sampled_from(VISITORS), network=st.sampled_from(NETWORKS))
    def add(self, visitor: bytes, network: str) -> None:
        others = {each for each, its in self.networks.items() if its == network}
        is_new = network != "" and visitor not in self.networks
        if is_new:
            self.networks[visitor] = network
            self.departed = {key: each for key, each in self.departed.items() if each != visitor}
            others |= {each for key, each in self.departed.items() if key == network}
        is_first_crowd = is_new and len(others) == 1 and network not in self.remembered
        if is_first_crowd:
            self.remembered.add(network)
        expected = others if is_first_crowd else set()
        assert set(self.found.add(visitor, network)) == expected

    @rule(visitor=st.sampled_from(VISITORS), may_still_count=st.booleans())
    def remove(self, visitor: bytes, may_still_count: bool) -> None:
        network = self.networks.pop(visitor, None)
        if network is not None and may_still_count and network not in self.remembered:
            self.departed[network] = visitor
        self.found.remove(visitor, may_still_count=may_still_count)

    @invariant()
    def networks_of_two_or_more_are_crowded_from_then_on(self) -> None:
        for visitor in VISITORS:
            left = [network for network, each in self.departed.items() if each == visitor]
            network = self.networks.get(visitor) or (left[0] if left else "")
            expected = network if network in self.remembered else ""
            assert self.found.network_of(visitor) == expected
        assert len(self.found) == len(self.networks)


TestCrowdedNetworks = CrowdedNetworksMachine.TestCase
TestCrowdedNetworks.settings = settings(max_examples=60, deadline=None)


def test_the_remembered_networks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowded_networks, "MAX_REMEMBERED", 2)
    networks = CrowdedNetworks()
    for network in ("first", "second", "third"):
        for visitor in (b"ana", b"ben"):
            networks.add(visitor, network)
        assert networks.network_of(b"ana") == network
        for visitor in (b"ana", b"ben"):
            networks.remove(visitor)

    networks.add(b"cid", "first")
    networks.add(b"dan", "third")
    assert (networks.network_of(b"cid"), networks.network_of(b"dan")) == ("", "third")


def test_a_crowd_that_stays_is_crowded_after_its_network_was_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(crowded_networks, "MAX_REMEMBERED", 1)
    networks = CrowdedNetworks()
    for number, network in enumerate(("first", "second")):
        for visitor in (b"ana%d" % number, b"ben%d" % number):
            networks.add(visitor, network)
    assert networks.network_of(b"ana0") == "first"


def test_the_visitors_who_left_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowded_networks, "MAX_REMEMBERED", 2)
    networks = CrowdedNetworks()
    for number in range(3):
        networks.add(b"first%d" % number, f"network {number}")
        networks.remove(b"first%d" % number)
    assert [networks.add(b"second%d" % number, f"network {number}") for number in range(3)] == [
        (),
        {b"first1"},
        {b"first2"},
    ]
