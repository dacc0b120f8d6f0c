from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from landing.limits.members import FULL_SECONDS, NetworkMembers

KEEP_SECONDS = 5.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def new_members(clock: Clock, max_members: int = 2, max_networks: int = 100) -> NetworkMembers:
    return NetworkMembers(lambda: max_members, KEEP_SECONDS, clock, max_networks)


def test_a_full_network_admits_no_more_and_others_do() -> None:
    members = new_members(Clock())

    assert [members.admit("a", member) for member in (b"1", b"2", b"3")] == [True, True, False]
    assert members.admit("a", b"1")
    assert members.admit("b", b"3")


def test_a_member_that_returns_in_time_stays_one() -> None:
    clock = Clock()
    members = new_members(clock, max_members=1)
    for _ in range(10):
        assert members.admit("a", b"1")
        clock.now += KEEP_SECONDS - 1
        assert not members.admit("a", b"2")
    clock.now += 1
    assert members.admit("a", b"2")


def test_zero_members_mean_no_limit_and_use_no_memory() -> None:
    members = new_members(Clock(), max_members=0)

    assert all(members.admit("a", bytes([number])) for number in range(256))
    assert members._until == {}


def test_an_unknown_network_has_no_limit() -> None:
    members = new_members(Clock(), max_members=1)

    assert all(members.admit("", bytes([number])) for number in range(10))


def test_the_networks_are_bounded() -> None:
    members = new_members(Clock(), max_members=1, max_networks=10)
    for number in range(1_000):
        members.admit(str(number), b"1")

    assert len(members._until) == 10
    assert not members.admit("999", b"2")


def test_networks_without_members_are_forgotten() -> None:
    clock = Clock()
    members = new_members(clock)
    for number in range(100):
        members.admit(str(number), b"1")
    clock.now += KEEP_SECONDS - 1
    members.admit("0", b"1")
    clock.now += 1

    new = {f"new {number}" for number in range(50)}
    for network in new:
        members.admit(network, b"1")
    assert set(members._until) == {"0", *new}


def test_a_known_member_costs_no_search_of_other_networks() -> None:
    clock = Clock()
    members = new_members(clock)
    members.admit("a", b"1")
    members.admit("b", b"1")
    clock.now += KEEP_SECONDS
    members.admit("b", b"1")

    assert set(members._until) == {"a", "b"}


def test_a_network_whose_only_member_is_over_at_once_is_forgotten() -> None:
    members = NetworkMembers(lambda: 2, 0.0, Clock())

    assert members.admit("a", b"1")
    assert not members._until


def test_a_network_that_was_refused_is_not_forgotten_while_it_is_full() -> None:
    clock = Clock()
    members = new_members(clock)
    members.admit("a", b"1")
    members.refuse("a", b"1")

    members.admit("b", b"1")
    assert not members.admit("a", b"2")
    clock.now += FULL_SECONDS
    members.admit("b", b"2")
    assert (set(members._until), members._full_until) == ({"b"}, {})


def test_a_refused_member_leaves_its_place_and_the_network_is_full_for_a_while() -> None:
    clock = Clock()
    members = NetworkMembers(lambda: 3, 3600.0, clock)
    assert members.admit("a", b"1")
    assert members.admit("a", b"2")
    members.refuse("a", b"2")

    assert members.admit("a", b"1"), "a member stays one"
    assert not members.admit("a", b"2")
    assert not members.admit("a", b"3")
    assert members.admit("b", b"2"), "another network is not full"
    clock.now += FULL_SECONDS
    assert [members.admit("a", member) for member in (b"2", b"3", b"4")] == [True, True, False]


def test_a_refusal_in_a_forgotten_network_uses_no_memory() -> None:
    members = new_members(Clock(), max_networks=2)
    for name in ("a", "b", "c"):
        members.admit(name, b"1")
        members.refuse(name, b"1")
    members.refuse("a", b"1")

    assert set(members._until) == set(members._full_until) == {"b", "c"}


class MembersMachine(RuleBasedStateMachine):
    """Compares the members of one network with a plain list of times."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.members = new_members(self.clock)
        self.until: dict[bytes, float] = {}

    @rule(member=st.sampled_from([b"1", b"2", b"3", b"4"]))
    def admit(self, member: bytes) -> None:
        current = {each for each, until in self.until.items() if until > self.clock.now}
        # A member whose time is over stays until somebody needs its place.
        expected = member in current or len(current) < 2
        assert self.members.admit("a", member) == expected
        if expected:
            self.until[member] = self.clock.now + KEEP_SECONDS

    @rule(seconds=st.sampled_from([1.0, 4.0, 5.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def there_are_at_most_two_members(self) -> None:
        assert len(self.members._until.get("a", {})) <= 2


TestMembers = MembersMachine.TestCase
TestMembers.settings = settings(max_examples=60, deadline=None)
