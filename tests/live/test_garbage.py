"""When the garbage collector looks, without one."""

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
    """The young objects of an interpreter, and what was collected."""

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

    async def live(self, objects_per_look: int, looks: int = 1) -> None:
        for _ in range(looks):
            self.young += objects_per_look
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


async def test_a_few_objects_are_not_worth_a_look(heap: Heap) -> None:
    await heap.live(objects_per_look=MIN_OBJECTS // 100, looks=99)
    assert heap.collected == []
    await heap.live(objects_per_look=MIN_OBJECTS // 100)
    assert heap.collected == [MIDDLE]


async def test_a_storm_is_not_held_up_and_is_looked_at_when_it_is_over(heap: Heap) -> None:
    await heap.live(objects_per_look=MAX_QUIET_OBJECTS + 1, looks=MAX_POSTPONED_CHECKS - 1)
    assert heap.collected == []
    await heap.live(objects_per_look=0)
    assert heap.collected == [MIDDLE]


async def test_the_last_number_of_a_storm_is_told_first(heap: Heap) -> None:
    heap.is_idle = False
    await heap.live(objects_per_look=10 * MAX_QUIET_OBJECTS, looks=3)
    await heap.live(objects_per_look=0, looks=3)
    assert heap.collected == []
    heap.is_idle = True
    await heap.live(objects_per_look=0)
    assert heap.collected == [MIDDLE]


async def test_a_calm_moment_is_not_waited_for_without_end(heap: Heap) -> None:
    heap.is_idle = False
    await heap.live(objects_per_look=10 * MAX_QUIET_OBJECTS, looks=MAX_POSTPONED_CHECKS - 1)
    assert heap.collected == []
    await heap.live(objects_per_look=10 * MAX_QUIET_OBJECTS)
    assert heap.collected == [MIDDLE]
    await heap.live(objects_per_look=10 * MAX_QUIET_OBJECTS, looks=MAX_POSTPONED_CHECKS)
    assert heap.collected == [MIDDLE, MIDDLE]


async def test_a_storm_in_which_the_interpreter_collected_by_itself_is_still_a_storm(
    heap: Heap,
) -> None:
    await heap.live(objects_per_look=10 * MAX_QUIET_OBJECTS, looks=3)
    heap.young = 0
    await heap.live(objects_per_look=10 * MAX_QUIET_OBJECTS, looks=3)
    assert heap.collected == []


async def test_steady_comings_are_looked_at_as_they_happen(heap: Heap) -> None:
    await heap.live(objects_per_look=MAX_QUIET_OBJECTS, looks=10)
    assert len(heap.collected) == 10


async def test_after_many_have_gone_the_old_objects_are_looked_at_once(heap: Heap) -> None:
    heap.come_and_go(CLOSED_FOR_FULL)
    await heap.live(objects_per_look=MIN_OBJECTS, looks=3)
    assert heap.collected == [ALL, MIDDLE, MIDDLE]


async def test_with_many_sockets_more_have_to_go(heap: Heap) -> None:
    for number in range(10_000):
        heap.registry.add(socket(f"stays{number}"))
    await heap.live(objects_per_look=MIN_OBJECTS)
    heap.come_and_go(CLOSED_FOR_FULL + 2_499)
    await heap.live(objects_per_look=MIN_OBJECTS)
    heap.come_and_go(1)
    await heap.live(objects_per_look=MIN_OBJECTS)
    assert heap.collected == [MIDDLE, MIDDLE, ALL]


async def test_with_the_interpreters_own_thresholds_there_is_nothing_to_do() -> None:
    clock = Clock()
    collected: list[int] = []
    collector = GarbageScheduler(Registry(), lambda: True, clock, lambda: 700, collected.append)
    for _ in range(100):
        clock.seconds += CHECK_SECONDS
        await collector.check()
    assert collected == []
