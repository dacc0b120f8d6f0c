"""Random histories, compared with the connections that are really open.

A history consists of connects, changes of identity, kills, stalls, drains, lost answers, clock
changes, and data loss. Invariants are checked after each step. At the end, everybody reports,
grace periods end, and the counts must be exact.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from landing.live.connection import Connection
from landing.live.presence.contract import Snapshot
from tests.live.presence.simulation import Harness, SimulatedWorker, pass_time
from tests.live.presence.test_memory import MemoryHarness

VISITORS = st.sampled_from(["ana", "ben", "cleo", "dan", "eve"])
#: The others have an unknown network.
NETWORKS = {"ana": "crowded", "ben": "crowded", "cleo": "crowded", "dan": "quiet"}
#: 0 means no limit.
LIMITS = st.sampled_from([0, 2, 2])
#: The place that most people report is one, so that several of them meet there.
PLACES = st.sampled_from(["", "/", "/", "/pricing", "/blog"])
PLACE_LIMITS = st.sampled_from([0, 1, 2, 100, 100])
USERS = st.sampled_from([None, None, "1", "2"])
#: Around every limit of the contract: interval, heartbeat, grace period, lease, and pause.
DURATIONS_MS = st.sampled_from([1, 250, 1_000, 4_999, 5_000, 5_001, 10_001, 14_999, 15_001, 40_000])


class Histories(RuleBasedStateMachine):
    """Histories of one backend, which a subclass selects."""

    sockets: Bundle[tuple[SimulatedWorker, Connection]] = Bundle("sockets")

    def make_harness(self) -> Harness:
        return MemoryHarness()

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.harness = self.make_harness()
        self.max_people_per_network = 0
        self.are_events_wanted = True
        self.reads_steps = False
        self.lives = 0
        self.workers: list[SimulatedWorker] = []
        self.visitors: set[str] = set()
        self.users: set[str] = set()
        self.backup: object | None = None
        self.disasters_left = 0
        for _ in range(2):
            self.start_worker()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(coroutine)

    def teardown(self) -> None:
        try:
            self.run(self.settle_and_compare())
        finally:
            self.run(self.harness.presence.close())
            self.runner.close()

    # -- steps ---------------------------------------------------------------------

    @precondition(lambda self: len(self.workers) < 4)
    @rule(wants_events=st.booleans())
    def start_worker(self, wants_events: bool = True) -> None:
        self.lives += 1
        self.workers.append(SimulatedWorker(f"life-{self.lives}", self.harness.presence))
        self.workers[-1].wants_events = wants_events and self.are_events_wanted

    @precondition(lambda self: self.workers)
    @rule(target=sockets, which=st.integers(0, 3), visitor=VISITORS, user=USERS, place=PLACES)
    def open(
        self, which: int, visitor: str, user: str | None, place: str = ""
    ) -> tuple[SimulatedWorker, Connection]:
        worker = self.workers[which % len(self.workers)]
        self.visitors.add(visitor)
        self.users.update({user} - {None})
        network = NETWORKS.get(visitor, "")
        return worker, worker.open(visitor, user, network=network, place=place)

    @rule(socket=consumes(sockets))
    def close(self, socket: tuple[SimulatedWorker, Connection]) -> None:
        worker, connection = socket
        worker.close(connection)

    @rule(socket=sockets, place=PLACES)
    def move(self, socket: tuple[SimulatedWorker, Connection], place: str) -> None:
        worker, connection = socket
        if connection in worker.registry:
            worker.move(connection, place)

    @rule(socket=sockets, user=USERS, is_left_out=st.booleans())
    def identify(
        self, socket: tuple[SimulatedWorker, Connection], user: str | None, is_left_out: bool
    ) -> None:
        worker, connection = socket
        self.users.update({user} - {None})
        worker.identify(connection, user, is_left_out=is_left_out)

    @precondition(lambda self: self.workers)
    @rule(which=st.integers(0, 3), fate=st.sampled_from(["answered", "lost", "unsent", "repeated"]))
    def sync(self, which: int, fate: str) -> None:
        worker = self.workers[which % len(self.workers)]
        if fate == "unsent":
            self.run(worker.lose_report())
        elif fate == "repeated" and worker.sent:
            late = worker.sent[-1 - which % min(3, len(worker.sent))]
            self.observe(self.run(self.harness.presence.sync(late)).snapshot)
        else:
            self.observe(self.run(worker.sync_once(answered=fate != "lost")).snapshot)

    @rule(ms=DURATIONS_MS, stalled=st.sets(st.integers(0, 3)))
    def pass_time(self, ms: int, stalled: set[int]) -> None:
        reporting = [worker for n, worker in enumerate(self.workers) if n not in stalled]
        self.run(pass_time(self.harness, ms, reporting))

    @precondition(lambda self: len(self.workers) > 1)
    @rule(which=st.integers(0, 3))
    def kill(self, which: int) -> None:
        self.workers.pop(which % len(self.workers))

    @precondition(lambda self: len(self.workers) > 1)
    @rule(which=st.integers(0, 3), linger_ms=st.sampled_from([1_000, 5_000, 30_000]))
    def drain(self, which: int, linger_ms: int) -> None:
        worker = self.workers.pop(which % len(self.workers))
        late = worker.reports.next_report(seen=worker.seen, aggregates=None, events=True)
        while self.run(self.harness.presence.drain(worker.name, late.seq + 1, linger_ms)):
            pass
        assert self.run(self.harness.presence.sync(late)).lease.drained

    # Without events and networks, a backend needs fewer ids.
    @initialize(max_people=LIMITS, max_places=PLACE_LIMITS, are_events_wanted=st.booleans())
    def configure(self, max_people: int, max_places: int, are_events_wanted: bool) -> None:
        self.harness.limit_places(max_places)
        self.max_people_per_network = max_people
        self.harness.limit_networks(max_people)
        self.are_events_wanted = are_events_wanted
        for worker in self.workers:
            worker.wants_events = are_events_wanted

    @initialize(reads_steps=st.booleans())
    def read_steps(self, reads_steps: bool) -> None:
        self.reads_steps = reads_steps

    # Data loss repairs every count, and would hide other faults.
    @initialize(disasters=st.sampled_from([0, 0, 0, 1, 2]))
    def allow_disasters(self, disasters: int) -> None:
        self.disasters_left = disasters

    @precondition(lambda self: self.disasters_left)
    @rule(kind=st.sampled_from(["empty", "cleared", "old", "clock"]))
    def lose_data(self, kind: str) -> None:
        self.disasters_left -= 1
        if kind == "old" and self.backup is not None:
            self.run(self.harness.restore(self.backup))
        elif kind == "cleared":
            self.run(self.harness.presence.clear())
        elif kind == "clock":
            self.harness.advance(-3_600_000)
        else:
            self.run(self.harness.lose_data())

    @precondition(lambda self: self.disasters_left)
    @rule()
    def back_up(self) -> None:
        self.backup = self.run(self.harness.save())

    @rule()
    def be_quiet_for_a_while(self) -> None:
        self.run(self.settle_and_compare())

    # -- invariants ---------------------------------------------------------------

    def observe(self, snapshot: Snapshot | None) -> None:
        if snapshot is None:
            return
        assert snapshot.signed_in >= 0 and snapshot.anonymous >= 0 and snapshot.connections >= 0
        assert snapshot.people == snapshot.signed_in + snapshot.anonymous
        assert snapshot.signed_in <= len(self.users), "a user was counted twice"
        assert snapshot.anonymous <= len(self.visitors), "a visitor was counted twice"

    @invariant()
    def the_snapshot_is_plausible(self) -> None:
        self.observe(self.run(self.harness.presence.snapshot()))

    @invariant()
    def the_places_add_up_to_the_people(self) -> None:
        wanted = ["/", "/pricing", "/blog", "/none"]
        places = self.run(self.harness.presence.places(2, wanted, steps=self.reads_steps))
        if places is None:
            return
        assert places.elsewhere >= 0
        assert sum(places.wanted) + places.elsewhere == places.snapshot.people
        counts = zip(("/", "/pricing", "/blog"), places.wanted, strict=False)
        expected = sorted((-people, place) for place, people in counts if people)
        assert [(-people, place) for place, people in places.top] == expected[:2]

    # -- the end of a history -------------------------------------------------------

    async def settle_and_compare(self) -> None:
        await pass_time(self.harness, 60_000, self.workers, step_ms=5_000)
        if not self.workers:
            return
        snapshot = await self.harness.presence.snapshot()
        assert snapshot is not None
        open_sockets = [each for worker in self.workers for each in worker.registry]
        counted = [each for each in open_sockets if each.is_counted]
        users = {each.user for each in counted if each.user}
        signed = {each.visitor for each in counted if each.user}
        anonymous = {each.visitor for each in counted} - signed
        assert snapshot.signed_in == len(users)
        assert snapshot.anonymous == count_limited(anonymous, self.max_people_per_network)
        assert snapshot.connections == len(counted)
        places = await self.harness.presence.places(100)
        assert places is not None and places.snapshot == snapshot
        for worker in self.workers:
            answer = await worker.sync()
            assert answer.snapshot == snapshot, "two workers show different numbers"


def count_limited(anonymous: set[bytes], max_people: int) -> int:
    """Return how many of these visitors count with a limit per network."""
    if not max_people:
        return len(anonymous)
    names = [visitor.rstrip(b".").decode() for visitor in anonymous]
    sizes = Counter(NETWORKS.get(name, name) for name in names)
    return sum(min(size, max_people) for size in sizes.values())


def run_histories(machine: Callable[[], RuleBasedStateMachine], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_in_process_backend_is_exact_after_random_histories() -> None:
    run_histories(Histories, examples=100, steps=40)
