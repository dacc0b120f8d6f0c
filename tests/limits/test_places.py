from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from landing.limits.places import Places

KEEP_SECONDS = 5.0


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def new_places(clock: Clock, max_members: int = 2, max_networks: int = 100) -> Places:
    return Places(lambda: max_members, lambda: KEEP_SECONDS, clock, max_networks)


def test_a_full_network_has_no_place_for_one_more_and_others_have() -> None:
    places = new_places(Clock())

    assert [places.hold("a", member) for member in (b"1", b"2", b"3")] == [True, True, False]
    assert places.hold("a", b"1")
    assert places.hold("b", b"3")


def test_a_place_is_free_after_the_last_hold_and_the_kept_time() -> None:
    clock = Clock()
    places = new_places(clock, max_members=1)
    places.hold("a", b"1")
    places.hold("a", b"1")

    places.release("a", b"1")
    clock.now += KEEP_SECONDS
    assert not places.hold("a", b"2")
    places.release("a", b"1")
    assert not places.hold("a", b"2")
    clock.now += KEEP_SECONDS
    assert places.hold("a", b"2")


def test_a_member_that_returns_in_time_keeps_its_place() -> None:
    clock = Clock()
    places = new_places(clock, max_members=1)
    for _ in range(10):
        assert places.take("a", b"1")
        clock.now += KEEP_SECONDS - 1
        assert not places.take("a", b"2")


def test_zero_places_mean_no_limit_and_use_no_memory() -> None:
    places = new_places(Clock(), max_members=0)

    for number in range(1_000):
        assert places.hold("a", bytes([number % 256]))
        assert places.take("a", bytes([number % 256]))
        places.release("a", bytes([number % 256]))
    assert places._networks == {}


def test_an_unknown_network_has_no_limit() -> None:
    places = new_places(Clock(), max_members=1)

    assert all(places.hold("", bytes([number])) for number in range(10))


def test_the_networks_are_bounded_and_those_with_holders_are_kept() -> None:
    places = new_places(Clock(), max_members=1, max_networks=10)
    places.hold("held", b"1")
    for number in range(1_000):
        places.take(str(number), b"1")

    assert len(places._networks) == 10
    assert not places.hold("held", b"2")


class PlacesMachine(RuleBasedStateMachine):
    """Compares the places of one network with lists of who holds and who is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.places = new_places(self.clock)
        self.holders: list[bytes] = []
        self.kept_until: dict[bytes, float] = {}

    def members(self) -> set[bytes]:
        kept = {each for each, until in self.kept_until.items() if until > self.clock.now}
        return kept | set(self.holders)

    def has_room_for(self, member: bytes) -> bool:
        return member in self.members() or len(self.members()) < 2

    @rule(member=st.sampled_from([b"1", b"2", b"3", b"4"]))
    def hold(self, member: bytes) -> None:
        # A place whose time is over stays until somebody needs it.
        expected = self.has_room_for(member)
        assert self.places.hold("a", member) == expected
        if expected:
            self.holders.append(member)

    @rule(member=st.sampled_from([b"1", b"2", b"3", b"4"]))
    def take(self, member: bytes) -> None:
        expected = self.has_room_for(member)
        assert self.places.take("a", member) == expected
        if expected:
            self.kept_until[member] = self.clock.now + KEEP_SECONDS

    @precondition(lambda self: self.holders)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        member = data.draw(st.sampled_from(sorted(set(self.holders))))
        self.holders.remove(member)
        self.places.release("a", member)
        self.kept_until[member] = self.clock.now + KEEP_SECONDS

    @rule(seconds=st.sampled_from([1.0, 4.0, 5.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def at_most_two_have_a_place(self) -> None:
        assert len(self.places._networks.get("a", {})) <= 2


TestPlaces = PlacesMachine.TestCase
TestPlaces.settings = settings(max_examples=60, deadline=None)
