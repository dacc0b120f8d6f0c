"""The contract on the in-process backend."""

from __future__ import annotations

import copy

import pytest

from landing.live.presence.contract import Report
from landing.live.presence.memory.backend import MemoryPresence
from landing.live.presence.memory.state import State
from tests.live.presence.contract import PresenceContract
from tests.live.presence.simulation import TIMING, SimulatedWorker, pass_time


class MemoryHarness:
    """The in-process backend with a clock that the test controls."""

    def __init__(self) -> None:
        self.now_ms = 1_769_860_800_000
        self.presence = MemoryPresence(TIMING, clock_ms=lambda: self.now_ms, max_places=100)

    def limit_places(self, max_places: int) -> None:
        self.presence.max_places = max_places

    def limit_networks(self, max_people: int) -> None:
        self.presence.max_people_per_network = max_people

    def advance(self, ms: int) -> None:
        self.now_ms += ms

    async def lose_data(self) -> None:
        self.presence.state = State()

    async def save(self) -> object:
        return copy.deepcopy(self.presence.state)

    async def restore(self, backup: object) -> None:
        assert isinstance(backup, State)
        self.presence.state = copy.deepcopy(backup)


class TestMemoryPresence(PresenceContract):
    @pytest.fixture
    def harness(self) -> MemoryHarness:
        return MemoryHarness()


async def test_the_resync_of_a_dead_worker_is_removed() -> None:
    harness = MemoryHarness()
    await harness.presence.sync(Report("worker-1", 1, 0, begin=True, complete=False))
    assert list(harness.presence.state.resyncing) == ["worker-1"]
    await pass_time(harness, TIMING.lease_ms, [SimulatedWorker("worker-2", harness.presence)])
    assert harness.presence.state.resyncing == {}
