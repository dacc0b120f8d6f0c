from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from landing.limits.visitors_per_network import FULL_SECONDS, VisitorsPerNetwork

KEEP_SECONDS = 5.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def new_visitors(
    clock: Clock, max_visitors: int = 2, max_networks: int = 100
) -> VisitorsPerNetwork:
    return VisitorsPerNetwork(lambda: max_visitors, KEEP_SECONDS, clock, max_networks)


def test_a_full_network_admits_no_more_and_others_do() -> None:
    visitors = new_visitors(Clock())

    assert [visitors.admit("a", visitor) for visitor in (b"1", b"2", b"3")] == [True, True, False]
    assert visitors.admit("a", b"1")
    assert visitors.admit("b", b"3")


def test_a_visitor_that_returns_in_time_keeps_its_place() -> None:
    clock = Clock()
    visitors = new_visitors(clock, max_visitors=1)
    for _ in range(10):
        assert visitors.admit("a", b"1")
        clock.now += KEEP_SECONDS - 1
        assert not visitors.admit("a", b"2")
    clock.now += 1
    assert visitors.admit("a", b"2")


def test_zero_visitors_mean_no_limit_and_use_no_memory() -> None:
    visitors = new_visitors(Clock(), max_visitors=0)

    assert all(visitors.admit("a", bytes([number])) for number in range(256))
    assert visitors._until == {}


def test_an_unknown_network_has_no_limit() -> None:
    visitors = new_visitors(Clock(), max_visitors=1)

    assert all(visitors.admit("", bytes([number])) for number in range(10))


def test_the_networks_are_bounded() -> None:
    visitors = new_visitors(Clock(), max_visitors=1, max_networks=10)
    for number in range(1_000):
        visitors.admit(str(number), b"1")

    assert len(visitors._until) == 10
    assert not visitors.admit("999", b"2")


def test_networks_without_visitors_are_forgotten() -> None:
    clock = Clock()
    visitors = new_visitors(clock)
    for number in range(100):
        visitors.admit(str(number), b"1")
    clock.now += KEEP_SECONDS - 1
    visitors.admit("0", b"1")
    clock.now += 1

    new = {f"new {number}" for number in range(50)}
    for network in new:
        visitors.admit(network, b"1")
    assert set(visitors._until) == {"0", *new}


def test_a_known_visitor_costs_no_search_of_other_networks() -> None:
    clock = Clock()
    visitors = new_visitors(clock)
    visitors.admit("a", b"1")
    visitors.admit("b", b"1")
    clock.now += KEEP_SECONDS
    visitors.admit("b", b"1")

    assert set(visitors._until) == {"a", "b"}


def test_a_network_whose_only_visitor_is_over_at_once_is_forgotten() -> None:
    visitors = VisitorsPerNetwork(lambda: 2, 0.0, Clock())

    assert visitors.admit("a", b"1")
    assert not visitors._until


def test_a_network_that_was_refused_is_not_forgotten_while_it_is_full() -> None:
    clock = Clock()
    visitors = new_visitors(clock)
    visitors.admit("a", b"1")
    visitors.refuse("a", b"1")

    visitors.admit("b", b"1")
    assert not visitors.admit("a", b"2")
    clock.now += FULL_SECONDS
    visitors.admit("b", b"2")
    assert (set(visitors._until), visitors._full_until) == ({"b"}, {})


def test_a_refused_visitor_leaves_its_place_and_the_network_is_full_for_a_while() -> None:
    clock = Clock()
    visitors = VisitorsPerNetwork(lambda: 3, 3600.0, clock)
    assert visitors.admit("a", b"1")
    assert visitors.admit("a", b"2")
    visitors.refuse("a", b"2")

    assert visitors.admit("a", b"1"), "a visitor keeps its place"
    assert not visitors.admit("a", b"2")
    assert not visitors.admit("a", b"3")
    assert visitors.admit("b", b"2"), "another network is not full"
    clock.now += FULL_SECONDS
    assert [visitors.admit("a", visitor) for visitor in (b"2", b"3", b"4")] == [True, True, False]


def test_a_refusal_in_a_forgotten_network_uses_no_memory() -> None:
    visitors = new_visitors(Clock(), max_networks=2)
    for name in ("a", "b", "c"):
        visitors.admit(name, b"1")
        visitors.refuse(name, b"1")
    visitors.refuse("a", b"1")

    assert set(visitors._until) == set(visitors._full_until) == {"b", "c"}


class VisitorsPerNetworkMachine(RuleBasedStateMachine):
    """Compares the visitors of one network with a plain list of times."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.visitors = new_visitors(self.clock)
        self.until: dict[bytes, float] = {}

    @rule(visitor=st.sampled_from([b"1", b"2", b"3", b"4"]))
    def admit(self, visitor: bytes) -> None:
        current = {each for each, until in self.until.items() if until > self.clock.now}
        # A visitor whose time is over stays until somebody needs its place.
        expected = visitor in current or len(current) < 2
        assert self.visitors.admit("a", visitor) == expected
        if expected:
            self.until[visitor] = self.clock.now + KEEP_SECONDS

    @rule(seconds=st.sampled_from([1.0, 4.0, 5.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def there_are_at_most_two_visitors(self) -> None:
        assert len(self.visitors._until.get("a", {})) <= 2


TestVisitorsPerNetwork = VisitorsPerNetworkMachine.TestCase
TestVisitorsPerNetwork.settings = settings(max_examples=60, deadline=None)
