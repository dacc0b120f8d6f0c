"""Random visits over workers that come and go, compared with the stays that presence reports."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from landing.live.connection import Connection
from landing.live.presence.memory import stays
from landing.live.presence.memory.stays import Stays
from tests.live.presence.simulation import TIMING, SimulatedWorker
from tests.live.presence.test_histories import run_histories
from tests.live.presence.test_memory import MemoryHarness

VISITORS = ("ana", "ben", "cleo")
DRAIN_MS = 20_000
Tab = tuple[SimulatedWorker, Connection]


class Visits(RuleBasedStateMachine):
    """Each step is reported at once, so the stays are known to the millisecond."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.harness = MemoryHarness()
        self.now_ms = 0
        self.lives = 0
        self.workers = [self.new_worker(), self.new_worker()]
        self.tabs: dict[str, list[Tab]] = {visitor: [] for visitor in VISITORS}
        #: per visitor, the arrival, and the end of the grace period after the last departure
        self.arrived_ms: dict[str, int] = {}
        self.until_ms: dict[str, int] = {}
        self.expected: list[int] = []
        self.found: list[int] = []

    def new_worker(self) -> SimulatedWorker:
        self.lives += 1
        return SimulatedWorker(f"life-{self.lives}", self.harness.presence)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(coroutine)

    def sync(self) -> None:
        for worker in self.workers:
            self.found += self.run(worker.sync()).stays

    @rule(visitor=st.sampled_from(VISITORS), which=st.integers(0, 1), user=st.sampled_from("12"))
    def open(self, visitor: str, which: int, user: str) -> None:
        worker = self.workers[which]
        is_signed_in = any(tab.user for _, tab in self.tabs[visitor])
        self.tabs[visitor].append((worker, worker.open(visitor, user if is_signed_in else None)))
        self.arrived_ms.setdefault(visitor, self.now_ms)
        self.until_ms.pop(visitor, None)
        self.sync()

    @rule(visitor=st.sampled_from(VISITORS), which=st.integers(0, 3))
    def close(self, visitor: str, which: int) -> None:
        if not self.tabs[visitor]:
            return
        worker, tab = self.tabs[visitor].pop(which % len(self.tabs[visitor]))
        worker.close(tab)
        if not self.tabs[visitor]:
            self.until_ms[visitor] = self.now_ms + TIMING.linger_ms
        self.sync()

    @rule(visitor=st.sampled_from(VISITORS), user=st.sampled_from([None, "1", "2"]))
    def identify(self, visitor: str, user: str | None) -> None:
        for worker, tab in self.tabs[visitor]:
            worker.identify(tab, user)
        self.sync()

    @rule(ms=st.sampled_from([1, 999, 2_500, 4_999, 5_000]))
    def pass_time(self, ms: int) -> None:
        self.harness.advance(ms)
        self.now_ms += ms
        for visitor, until_ms in tuple(self.until_ms.items()):
            if until_ms <= self.now_ms:
                del self.until_ms[visitor]
                arrived_ms = self.arrived_ms.pop(visitor)
                self.expected.append(until_ms - TIMING.linger_ms - arrived_ms)
        self.sync()

    @precondition(lambda self: not any(tab.user for tabs in self.tabs.values() for _, tab in tabs))
    @rule(which=st.integers(0, 1))
    def restart(self, which: int) -> None:
        """Drain a worker; its people reconnect to the next one before they have left."""
        worker = self.workers[which]
        while self.run(self.harness.presence.drain(worker.name, 1_000_000, DRAIN_MS)):
            pass
        self.workers[which] = self.new_worker()
        for visitor, tabs in self.tabs.items():
            self.tabs[visitor] = [
                (self.workers[which], self.workers[which].open(visitor))
                if each is worker
                else (each, tab)
                for each, tab in tabs
            ]
        self.sync()

    def teardown(self) -> None:
        for visitor in VISITORS:
            while self.tabs[visitor]:
                self.close(visitor, 0)
        self.pass_time(TIMING.linger_ms)
        assert sorted(self.found) == sorted(self.expected)
        self.runner.close()


def test_each_visit_is_one_stay_of_its_exact_length() -> None:
    run_histories(Visits, examples=60, steps=30)


def test_no_more_visitors_are_measured_than_fit() -> None:
    measured = Stays()
    for number in range(stays.MAX_MEASURED + 1):
        measured.begin(number.to_bytes(16), 0)
    for number in range(stays.MAX_MEASURED + 1):
        measured.end(number.to_bytes(16), 1_000)

    assert len(measured.pop_ended(0)) == stays.MAX_MEASURED
    measured.begin(b"later", 0)
    measured.end(b"later", 1_000)
    assert measured.pop_ended(0) == (1_000,)
