"""The times and generations of garbage collections, on a fake heap."""

from __future__ import annotations

import pytest

from landing.live.garbage_scheduler import (
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
from tests.live.presence.simulation import new_connection
from tests.live.worker_harness import Clock


class FakeHeap:
    """Counts young objects and records which generations were collected."""

    def __init__(self) -> None:
        self.young = 0
        self.collected: list[int] = []
        self.clock = Clock()
        self.registry = Registry()
        self.is_idle = True
        self.scheduler = GarbageScheduler(
            self.registry, lambda: self.is_idle, self.clock, lambda: self.young, self._collect
        )

    def _collect(self, generation: int) -> None:
        self.collected.append(generation)
        self.young = 0

    async def run_checks(self, objects_per_check: int, checks: int = 1) -> None:
        for _ in range(checks):
            self.young += objects_per_check
            self.clock.seconds += CHECK_SECONDS
            assert self.scheduler.due_at() == self.clock.seconds
            await self.scheduler.check()

    def open_and_close(self, connections: int) -> None:
        for number in range(connections):
            connection = new_connection(f"v{number}")
            self.registry.add(connection)
            self.registry.remove(connection)


@pytest.fixture
def heap() -> FakeHeap:
    return FakeHeap()


async def test_too_few_young_objects_are_not_collected(heap: FakeHeap) -> None:
    await heap.run_checks(objects_per_check=MIN_OBJECTS // 100, checks=99)
    assert heap.collected == []
    await heap.run_checks(objects_per_check=MIN_OBJECTS // 100)
    assert heap.collected == [MIDDLE]


async def test_a_storm_postpones_the_collection_until_it_is_over(heap: FakeHeap) -> None:
    await heap.run_checks(objects_per_check=MAX_QUIET_OBJECTS + 1, checks=MAX_POSTPONED_CHECKS - 1)
    assert heap.collected == []
    await heap.run_checks(objects_per_check=0)
    assert heap.collected == [MIDDLE]


async def test_the_collection_waits_for_the_last_broadcast_of_a_storm(heap: FakeHeap) -> None:
    heap.is_idle = False
    await heap.run_checks(objects_per_check=10 * MAX_QUIET_OBJECTS, checks=3)
    await heap.run_checks(objects_per_check=0, checks=3)
    assert heap.collected == []
    heap.is_idle = True
    await heap.run_checks(objects_per_check=0)
    assert heap.collected == [MIDDLE]


async def test_a_collection_is_postponed_for_a_limited_number_of_checks(heap: FakeHeap) -> None:
    heap.is_idle = False
    await heap.run_checks(objects_per_check=10 * MAX_QUIET_OBJECTS, checks=MAX_POSTPONED_CHECKS - 1)
    assert heap.collected == []
    await heap.run_checks(objects_per_check=10 * MAX_QUIET_OBJECTS)
    assert heap.collected == [MIDDLE]
    await heap.run_checks(objects_per_check=10 * MAX_QUIET_OBJECTS, checks=MAX_POSTPONED_CHECKS)
    assert heap.collected == [MIDDLE, MIDDLE]


async def test_a_collection_by_the_interpreter_does_not_end_a_storm(
    heap: FakeHeap,
) -> None:
    await heap.run_checks(objects_per_check=10 * MAX_QUIET_OBJECTS, checks=3)
    heap.young = 0
    await heap.run_checks(objects_per_check=10 * MAX_QUIET_OBJECTS, checks=3)
    assert heap.collected == []


async def test_steady_joins_are_collected_at_every_check(heap: FakeHeap) -> None:
    await heap.run_checks(objects_per_check=MAX_QUIET_OBJECTS, checks=10)
    assert len(heap.collected) == 10


async def test_after_many_closed_connections_all_generations_are_collected_once(
    heap: FakeHeap,
) -> None:
    heap.open_and_close(CLOSED_FOR_FULL)
    await heap.run_checks(objects_per_check=MIN_OBJECTS, checks=3)
    assert heap.collected == [ALL, MIDDLE, MIDDLE]


async def test_the_threshold_of_closed_connections_grows_with_the_open_ones(heap: FakeHeap) -> None:
    for number in range(10_000):
        heap.registry.add(new_connection(f"open{number}"))
    await heap.run_checks(objects_per_check=MIN_OBJECTS)
    heap.open_and_close(CLOSED_FOR_FULL + 2_499)
    await heap.run_checks(objects_per_check=MIN_OBJECTS)
    heap.open_and_close(1)
    await heap.run_checks(objects_per_check=MIN_OBJECTS)
    assert heap.collected == [MIDDLE, MIDDLE, ALL]


async def test_with_the_default_thresholds_of_the_interpreter_nothing_is_collected() -> None:
    clock = Clock()
    collected: list[int] = []
    scheduler = GarbageScheduler(Registry(), lambda: True, clock, lambda: 700, collected.append)
    for _ in range(100):
        clock.seconds += CHECK_SECONDS
        await scheduler.check()
    assert collected == []
