"""The schedule of garbage collections, with a fake collector."""

from __future__ import annotations

import pytest

from landing.live.garbage import (
    ALL,
    CHECK_SECONDS,
    CLOSED_FOR_FULL,
    MAX_POSTPONED_CHECKS,
    MAX_QUIET_OBJECTS,
    MIDDLE,
    MIN_OBJECTS,
    GarbageScheduler,
)
from landing.live.registry import Registry
from tests.live.presence.simulation import socket
from tests.live.worker_harness import Clock


class Heap:
    """The young objects of a fake interpreter, and the collected generations."""

    def __init__(self) -> None:
        self.young = 0
        self.collected: list[int] = []
        self.clock = Clock()
        self.registry = Registry()
        self.is_idle = True
        self.collector = GarbageScheduler(
            self.registry, lambda: self.is_idle, self.clock, lambda: self.young, self._collect
        )

    def _collect(self, generation: int) -> None:
        self.collected.append(generation)
        self.young = 0

    async def live(self, objects_per_check: int, checks: int = 1) -> None:
        for _ in range(checks):
            self.young += objects_per_check
            self.clock.seconds += CHECK_SECONDS
            assert self.collector.due_at() == self.clock.seconds
            await self.collector.check()

    def come_and_go(self, sockets: int) -> None:
        for number in range(sockets):
            visitor = socket(f"v{number}")
            self.registry.add(visitor)
            self.registry.remove(visitor)


@pytest.fixture
def heap() -> Heap:
    return Heap()


async def test_few_objects_cause_no_collection(heap: Heap) -> None:
    await heap.live(objects_per_check=MIN_OBJECTS // 100, checks=99)
    assert heap.collected == []
    await heap.live(objects_per_check=MIN_OBJECTS // 100)
    assert heap.collected == [MIDDLE]


async def test_a_storm_is_not_delayed_and_collected_afterwards(heap: Heap) -> None:
    await heap.live(objects_per_check=MAX_QUIET_OBJECTS + 1, checks=MAX_POSTPONED_CHECKS - 1)
    assert heap.collected == []
    await heap.live(objects_per_check=0)
    assert heap.collected == [MIDDLE]


async def test_the_last_count_of_a_storm_goes_out_first(heap: Heap) -> None:
    heap.is_idle = False
    await heap.live(objects_per_check=10 * MAX_QUIET_OBJECTS, checks=3)
    await heap.live(objects_per_check=0, checks=3)
    assert heap.collected == []
    heap.is_idle = True
    await heap.live(objects_per_check=0)
    assert heap.collected == [MIDDLE]


async def test_the_wait_for_a_calm_moment_is_bounded(heap: Heap) -> None:
    heap.is_idle = False
    await heap.live(objects_per_check=10 * MAX_QUIET_OBJECTS, checks=MAX_POSTPONED_CHECKS - 1)
    assert heap.collected == []
    await heap.live(objects_per_check=10 * MAX_QUIET_OBJECTS)
    assert heap.collected == [MIDDLE]
    await heap.live(objects_per_check=10 * MAX_QUIET_OBJECTS, checks=MAX_POSTPONED_CHECKS)
    assert heap.collected == [MIDDLE, MIDDLE]


async def test_a_collection_by_the_interpreter_does_not_end_a_storm(
    heap: Heap,
) -> None:
    await heap.live(objects_per_check=10 * MAX_QUIET_OBJECTS, checks=3)
    heap.young = 0
    await heap.live(objects_per_check=10 * MAX_QUIET_OBJECTS, checks=3)
    assert heap.collected == []


async def test_steady_arrivals_are_collected_as_they_happen(heap: Heap) -> None:
    await heap.live(objects_per_check=MAX_QUIET_OBJECTS, checks=10)
    assert len(heap.collected) == 10


async def test_many_departures_cause_one_full_collection(heap: Heap) -> None:
    heap.come_and_go(CLOSED_FOR_FULL)
    await heap.live(objects_per_check=MIN_OBJECTS, checks=3)
    assert heap.collected == [ALL, MIDDLE, MIDDLE]


async def test_a_full_collection_depends_on_the_share_of_departures(heap: Heap) -> None:
    for number in range(10_000):
        heap.registry.add(socket(f"stays{number}"))
    await heap.live(objects_per_check=MIN_OBJECTS)
    heap.come_and_go(CLOSED_FOR_FULL + 2_499)
    await heap.live(objects_per_check=MIN_OBJECTS)
    heap.come_and_go(1)
    await heap.live(objects_per_check=MIN_OBJECTS)
    assert heap.collected == [MIDDLE, MIDDLE, ALL]


async def test_the_default_thresholds_turn_the_scheduler_off() -> None:
    clock = Clock()
    collected: list[int] = []
    collector = GarbageScheduler(Registry(), lambda: True, clock, lambda: 700, collected.append)
    for _ in range(100):
        clock.seconds += CHECK_SECONDS
        await collector.check()
    assert collected == []
