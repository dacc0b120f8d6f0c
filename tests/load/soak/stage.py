"""The course of a soak: people come and go, everybody rests at times, and leaves in the end.

At each rest, the counts of every worker are compared with the truth.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from landing.conf import LandingSettings
from tests.load.soak.meter import Meter
from tests.load.soak.slow import SlowConsumers
from tests.load.soak.visitors import Visitors
from tests.load.truth.audience import Audience
from tests.load.truth.truth import Timeline
from tests.metrics.samples import Samples

#: Time between two steps of the churn. Each has the actions that are due.
STEP_SECONDS = 0.1
POLL_SECONDS = 0.2
ASSEMBLY_SECONDS = 60.0
#: How long a rest waits for the true counts, after the grace period.
REST_SECONDS = 15.0
#: Twice as often as the rate limit lets activities through to the pages.
PUBLISH_SECONDS = 3.0
READ_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a soak."""

    seconds: float
    warm_up_seconds: float
    people: int
    #: people per second who reload, or who leave while another one arrives
    churn: float
    slow_consumers: int
    #: that people come from; 0 means one for each person
    networks: int
    workers: int
    sample_seconds: float
    #: between two rests
    churn_seconds: float
    #: that a slow consumer does not read for, and then reads for
    pause_seconds: float

    @property
    def should_read_again(self) -> bool:
        """Return whether the time is enough for a slow consumer to read again."""
        longest = min(self.seconds, self.churn_seconds)
        return self.slow_consumers > 0 and longest > 2 * self.pause_seconds

    def __str__(self) -> str:
        return (
            f"{self.seconds / 60:g} minutes, judged after {self.warm_up_seconds / 60:g}: "
            f"{self.workers} workers, {self.people} people, {self.slow_consumers} slow consumers, "
            f"{self.churn:g} people per second come and go, {self.networks or 'many'} networks"
        )


@dataclass
class Stage:
    """The people of a running site, and their counts."""

    plan: Plan
    settings: LandingSettings
    meter: Meter
    audience: Audience
    visitors: Visitors
    slow: SlowConsumers
    #: of each rest, the seconds until the counts were true, or None
    rests: list[float | None] = field(default_factory=list)
    #: the longest delay of a step
    late_seconds: float = 0.0

    async def perform(self) -> None:
        """Let people come and go, and sample meanwhile. Raise TimeoutError if they never count."""
        await self.audience.assemble(self.visitors.people(self.plan.people))
        if await self._wait_until(self._shows_truth, ASSEMBLY_SECONDS) is None:
            raise TimeoutError(f"{self.plan.people} people within {ASSEMBLY_SECONDS} s")
        async with asyncio.TaskGroup() as group:
            loops = [
                group.create_task(self._sample()),
                group.create_task(_repeat(PUBLISH_SECONDS, self.visitors.publish)),
                group.create_task(_repeat(READ_SECONDS, self.visitors.read_api)),
            ]
            ends_at = time.monotonic() + self.plan.seconds
            while time.monotonic() < ends_at:
                self.slow.arrive()
                await self._churn(min(ends_at, time.monotonic() + self.plan.churn_seconds))
                await self.slow.leave()
                await self.visitors.arrived()
                self.rests.append(await self._rest())
                self._report(ends_at)
            for loop in loops:
                loop.cancel()
        await self.visitors.arrived()

    async def end(self) -> None:
        """Let everybody leave, rest, and wait until all rows are stored."""
        await self.audience.disperse()
        self.rests.append(await self._rest())
        await self._wait_until(self._has_stored_rows, REST_SECONDS)

    def _report(self, ends_at: float) -> None:
        """Print the state after a rest."""
        minutes = (self.plan.seconds - ends_at + time.monotonic()) / 60
        seconds = self.rests[-1]
        truth = "not true" if seconds is None else f"true after {seconds:.1f} s"
        memory = ", ".join(f"{series[-1][1]:.1f} MB" for series in self.meter.memory())
        connections = len(self.audience.ledger.open)
        line = f"minute {minutes:.1f}: {memory}, {connections} connections, counts {truth}"
        print(line, file=sys.stderr, flush=True)

    async def _churn(self, ends_at: float) -> None:
        began_at, done = time.monotonic(), 0
        while (now := time.monotonic()) < ends_at:
            due = int((now - began_at) * self.plan.churn)
            for _ in range(due - done):
                self.visitors.churn()
            done = due
            await asyncio.sleep(STEP_SECONDS)
            self.late_seconds = max(self.late_seconds, time.monotonic() - now - STEP_SECONDS)

    async def _sample(self) -> None:
        while True:
            await asyncio.to_thread(self.meter.sample)
            await asyncio.sleep(self.plan.sample_seconds)

    # -- the truth -------------------------------------------------------------------

    async def _rest(self) -> float | None:
        """Wait for the grace period. Return how long until the counts are true, None if never."""
        await asyncio.sleep(self.settings.LANDING_LINGER_SECONDS)
        return await self._wait_until(self._shows_truth, REST_SECONDS)

    async def _wait_until(
        self, is_met: Callable[[list[Samples]], bool], at_most_seconds: float
    ) -> float | None:
        """Scrape until a condition is met. Return how long that took, None if it never is."""
        began_at = time.monotonic()
        while (seconds := time.monotonic() - began_at) < at_most_seconds:
            if is_met(await asyncio.to_thread(self.meter.scrape)):
                return seconds
            await asyncio.sleep(POLL_SECONDS)
        return None

    def _has_stored_rows(self, found: list[Samples]) -> bool:
        return not any(each["landing_analytics_rows_waiting"] for each in found)

    def _shows_truth(self, found: list[Samples]) -> bool:
        """Return whether each worker has the true counts, and all together the connections."""
        ledger, linger_seconds = self.audience.ledger, self.settings.LANDING_LINGER_SECONDS
        people = Timeline(ledger.helds, linger_seconds).at(time.monotonic())
        connections = len(ledger.open)
        return sum(each.get("landing_sockets", 0) for each in found) == connections and all(
            (each.get("landing_peoplelive"), each.get("landing_connectionslive"))
            == (people, connections)
            for each in found
        )


async def _repeat(seconds: float, act: Callable[[int], None]) -> None:
    for number in itertools.count():
        act(number)
        await asyncio.sleep(seconds)
