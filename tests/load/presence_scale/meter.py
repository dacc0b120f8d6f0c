"""The measurement of steps in Redis, and their bounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import redis

ROUNDS = 10
MAX_STEP_MS = 10.0


class Meter:
    """Measures steps, prints them, and checks their bounds."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.missed = False

    def show(self, what: str, value: float, bound: float | None = None, unit: str = "ms") -> None:
        missed = bound is not None and value > bound
        self.missed |= missed
        limit = "" if bound is None else f"   at most {bound:g}{'   MISSED' if missed else ''}"
        print(f"{what:<56}{value:10.3f} {unit}{limit}", flush=True)

    def busy_ms(self) -> float:
        """Return the processor time of Redis's thread so far, in ms."""
        used = self.client.info("cpu")
        seconds: float = used["used_cpu_user_main_thread"] + used["used_cpu_sys_main_thread"]
        return seconds * 1000

    async def timed(self, step: Callable[[], Awaitable[Any]]) -> tuple[Any, float, float]:
        """Run a step. Return its result, its round trip, and the busy time of Redis, in ms."""
        busy_before, began = self.busy_ms(), time.perf_counter()
        result = await step()
        return result, (time.perf_counter() - began) * 1000, self.busy_ms() - busy_before

    async def repeat(
        self, what: str, times: int, step: Callable[[], Awaitable[Any]], bound_ms: float | None
    ) -> float:
        """Print and return the median round trip of the quietest of ten rounds.

        A round trip needs three processes, so other load on the machine affects it.
        """
        timings = [await self.timed(step) for _ in range(times)]
        trips, busy = [timing[1] for timing in timings], [timing[2] for timing in timings]
        size = times // ROUNDS
        medians = [statistics.median(trips[at : at + size]) for at in range(0, times, size)]
        self.show(f"{what}: round trip, quietest of {ROUNDS} x {size}", min(medians), bound_ms)
        self.show("    of all", statistics.median(trips))
        self.show("    busy, worst", max(busy), MAX_STEP_MS)
        return min(medians)

    async def until_done(self, what: str, step: Callable[[], Awaitable[bool]]) -> None:
        """Repeat a step while it returns True. Check the bound of each step."""
        trips, busy, more = [], [], True
        while more:
            more, trip, used = await self.timed(step)
            trips.append(trip)
            busy.append(used)
        self.show(f"{what}: busy, longest of {len(busy)} steps", max(busy), MAX_STEP_MS)
        self.show("    round trip, median", statistics.median(trips))
