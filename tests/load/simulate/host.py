"""Many simulated workers on one event loop: their people, churn, crashes, and figures."""

from __future__ import annotations

import asyncio
import gc
import heapq
import random
import time
from collections.abc import Coroutine, MutableSequence
from typing import Any, NamedTuple

from landing import conf
from landing.live.connection import Connection
from tests.load.simulate.simulated_worker import SimulatedWorker, new_person

#: The time between two turns of churn, and between two scans of the versions.
CHURN_SECONDS, WATCH_SECONDS = 0.02, 0.01


class Status(NamedTuple):
    """The counts that the workers of a host show, and the truth about their people."""

    workers: int
    live: int
    connected: int
    #: the lowest and the highest number of people that a live worker shows
    lowest: int
    highest: int


class Figures(NamedTuple):
    """The figures of a host since the last ones."""

    processor_seconds: float
    #: how late the loop was in each turn of churn
    late_seconds: list[float]
    #: seconds from a join until every worker showed it
    freshness_seconds: list[float]
    changes: int


class Host:
    """Owns its workers. ``lowest`` holds, per host, the lowest version that a worker shows."""

    def __init__(self, number: int, lowest: MutableSequence[int]) -> None:
        self._number = number
        self._lowest = lowest
        self._settings = conf.read()
        self._workers: list[SimulatedWorker] = []
        #: joins that not every worker shows, by version
        self._counted: list[tuple[int, float]] = []
        self._waiting: list[tuple[int, float]] = []
        self._churn_per_second = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._reset()

    def _reset(self) -> None:
        self._late: list[float] = []
        for worker in self._workers:
            worker.forget_joins()
        self._counted.clear()
        self._waiting.clear()
        self._freshness: list[float] = []
        self._changes = 0
        self._processor_at = time.process_time()

    def open(self, workers: int, people: int) -> None:
        """Start workers to which all these people connect at once."""
        self._workers = [SimulatedWorker(self._settings, self._counted) for _ in range(workers)]
        for number in range(people):
            self._workers[number % workers].join(new_person())
        for worker in self._workers:
            worker.forget_joins()
            worker.start()
        # No collection walks all of these people again.
        gc.freeze()
        self._spawn(self._churn())
        self._spawn(self._watch())

    def set_churn(self, per_second: float) -> None:
        """Let this many people leave per second, and as many others arrive."""
        self._churn_per_second = per_second

    def status(self) -> Status:
        """Return what the workers show now."""
        live = [each.live for each in self._workers]
        shown = [each.snapshot.people for each in live if each]
        return Status(
            len(self._workers),
            len(shown),
            sum(len(each.people) for each in self._workers),
            min(shown, default=0),
            max(shown, default=0),
        )

    def figures(self) -> Figures:
        """Return the figures since the last call."""
        used = time.process_time() - self._processor_at
        figures = Figures(used, self._late, self._freshness, self._changes)
        self._reset()
        return figures

    async def crash(self, workers: int, reconnects: bool) -> int:
        """Kill workers; return how many people they had. These may reconnect to the others."""
        dead, self._workers = self._workers[:workers], self._workers[workers:]
        people = sum(len(each.people) for each in dead)
        if reconnects:
            for each in dead:
                self._spawn(self._reconnect(each.people, each.reconnect_seconds))
        await asyncio.gather(*(each.end() for each in dead))
        return people

    async def close(self) -> None:
        """End all workers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(each.end() for each in self._workers))

    async def _reconnect(self, people: list[Connection], seconds: float) -> None:
        began_at, connected = time.monotonic(), 0
        while connected < len(people):
            await asyncio.sleep(CHURN_SECONDS)
            due = round(len(people) * min(1, (time.monotonic() - began_at) / seconds))
            for person in people[connected:due]:
                random.choice(self._workers).join(person)
            connected = due

    async def _churn(self) -> None:
        due, at = 0.0, time.monotonic()
        while True:
            await asyncio.sleep(CHURN_SECONDS)
            elapsed, at = time.monotonic() - at, time.monotonic()
            self._late.append(elapsed - CHURN_SECONDS)
            due += elapsed * self._churn_per_second
            for _ in range(int(due)):
                random.choice(self._workers).leave_one()
                random.choice(self._workers).join(new_person())
            self._changes += 2 * int(due)
            due -= int(due)

    async def _watch(self) -> None:
        """Note when every worker of all hosts shows a join."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._lowest[self._number] = min(each.version for each in self._workers)
            for each in self._counted:
                heapq.heappush(self._waiting, each)
            self._counted.clear()
            lowest, now = min(self._lowest), time.monotonic()
            while self._waiting and self._waiting[0][0] <= lowest:
                self._freshness.append(now - heapq.heappop(self._waiting)[1])

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
