"""A deployment with an audience and a recorder, on which a scenario runs.

The stage starts and ends all three, and computes the figures. Each stage has new processes and a
new Redis.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain
from resource import RUSAGE_SELF, getrusage

from landing.conf import LandingSettings
from tests.load.truth import ANNOUNCE, places
from tests.load.truth.audience import Audience
from tests.load.truth.deployment import Deployment
from tests.load.truth.pages import Pages
from tests.load.truth.people import Account, Population
from tests.load.truth.place_reader import PERIOD_SECONDS as PLACES_PERIOD_SECONDS
from tests.load.truth.place_reader import UNTHROTTLED, PlaceReader
from tests.load.truth.places import PlaceReading, PlaceTimelines
from tests.load.truth.report import Bound, Outcome
from tests.load.truth.screens import PERIOD_SECONDS, PlaceScreen, Recorder, Screen
from tests.load.truth.supervised import SupervisedDeployment
from tests.load.truth.truth import (
    Held,
    Part,
    Tick,
    Timeline,
    exact_after,
    is_exact,
    largest_deviation,
    largest_error,
    stale_seconds,
)

#: How long all screens must be exact before a scenario starts.
CALM_SECONDS = 1.0
ASSEMBLY_SECONDS = 60.0
#: The last reading of places is younger than this.
PLACES_OLD_SECONDS = 3 * PLACES_PERIOD_SECONDS
#: How long the recorder continues after a bound.
MARGIN_SECONDS = 2.0


@dataclass
class Theatre:
    """The settings and people of all stages."""

    given: Mapping[str, str]
    settings: LandingSettings
    accounts: Sequence[Account]
    processes: int
    people: int
    #: the highest error that is allowed during churn, as a share
    max_error: float
    #: pages that people are on
    pages: int
    #: of a session that may read all numbers
    staff_cookie: str

    @asynccontextmanager
    async def stage(
        self,
        people: int | None = None,
        *,
        announcing: bool = False,
        supervised: bool = False,
        reads_places: bool = True,
    ) -> AsyncIterator[Stage]:
        given = {**self.given, **UNTHROTTLED, **({ANNOUNCE: "1"} if announcing else {})}
        build = SupervisedDeployment if supervised else Deployment
        deployment = build(given, self.processes)
        people = self.people if people is None else people
        stage = Stage(self, deployment, people, reads_places=reads_places)
        try:
            await deployment.start()
            await stage.open()
            yield stage
        finally:
            await stage.close()
            deployment.close()


@dataclass
class Stage:
    theatre: Theatre
    deployment: Deployment | SupervisedDeployment
    people: int
    reads_places: bool = True
    began_at: float = 0.0
    began_cpu_seconds: float = 0.0
    exact: list[float | None] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings = self.theatre.settings
        self.population = Population(self.theatre.accounts)
        living = self.deployment.living
        ports = self.deployment.ports
        self.audience = Audience(ports, living, Pages(self.theatre.pages))
        self.place_reader = PlaceReader(ports, living, self.theatre.staff_cookie)
        self.screens = [Screen(process) for process in range(self.theatre.processes)]
        self.place_screens = [PlaceScreen(process) for process in range(self.theatre.processes)]
        self.recorder = Recorder(self.screens, living)
        self._recording: list[asyncio.Task[None]] = []

    # -- start and end ---------------------------------------------------------------

    async def open(self) -> None:
        """Connect all people, and wait until all screens show their count."""
        for process in self.deployment.living:
            self.watch(process)
        self._recording.append(asyncio.create_task(self.recorder.run()))
        newcomers = self.people - self.theatre.processes
        await self.audience.assemble(self.population.people(newcomers))
        await self.until_exact()
        if self.reads_places:
            self._recording.append(asyncio.create_task(self.place_reader.run()))
            await asyncio.sleep(PLACES_PERIOD_SECONDS)
        self.recorder.late_seconds = 0.0
        self.began_at, self.began_cpu_seconds = time.monotonic(), _cpu_seconds()

    def watch(self, process: int) -> None:
        """Connect a watcher to a process that has just started."""
        self.screens[process].blank()
        self.place_screens[process].blank()
        tab = self.population.browser()
        # A client cannot choose among workers on one port, so their watchers continue on any.
        is_alone = isinstance(self.deployment, Deployment)
        screen = self.screens[process]

        def take(text: bytes) -> None:
            screen.take(text)
            self.place_screens[process].take(text)

        client = self.audience.watch(tab, process if is_alone else None, take)
        screen.is_connected = lambda: client in self.audience.ledger.open

    async def close(self) -> None:
        for task in self._recording:
            task.cancel()
        await self.audience.disperse()

    async def until_exact(self) -> None:
        """Wait until all screens are exact. Raise TimeoutError if they never are."""
        calm_ticks = round(CALM_SECONDS / PERIOD_SECONDS)
        deadline = time.monotonic() + ASSEMBLY_SECONDS
        while True:
            await asyncio.sleep(CALM_SECONDS)
            timeline, last = self.timeline(), self.recorder.ticks[-calm_ticks:]
            if all(is_exact(timeline, tick) for tick in last):
                return
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"the screens never showed {timeline.at(last[-1].at)}: {last[-1]}"
                )

    # -- figures ---------------------------------------------------------------------

    def timeline(self, helds: Iterable[Held] | None = None, part: Part = Part.PEOPLE) -> Timeline:
        if helds is None:
            helds = self.audience.ledger.helds
        return Timeline(helds, self.settings.LANDING_LINGER_SECONDS, part)

    @property
    def ticks(self) -> list[Tick]:
        """Return the ticks since the start of the scenario."""
        return [tick for tick in self.recorder.ticks if tick.at >= self.began_at]

    async def expect_exact(
        self, what: str, at_most_seconds: float, helds: Iterable[Held] | None = None
    ) -> None:
        """Watch until after the bound, and record when all screens became exact."""
        since = time.monotonic()
        await asyncio.sleep(at_most_seconds + MARGIN_SECONDS)
        seconds = exact_after(self.timeline(helds), self.recorder.ticks, since)
        self.exact.append(seconds)
        self.bounds.append(Bound(what, seconds, at_most_seconds, " s"))

    def expect(self, what: str, measured: float | None, at_most: float, unit: str = "") -> None:
        self.bounds.append(Bound(what, measured, at_most, unit))

    def expect_error(self, at_most: float) -> None:
        self.expect("error", self.largest_error(), at_most, "%")
        if self.reads_places:
            self.expect("place error", self.largest_place_error(), at_most, "%")

    def expect_places_exact(self, since: float, at_most_seconds: float) -> None:
        """Expect all places to be exact soon after this time, which is in the past."""
        seconds = places.exact_after(self.true_places(), self.staff_readings(), since)
        self.expect("places exact", seconds, at_most_seconds, " s")

    def expect_no_socket_lost(self) -> None:
        self.expect("lost", len(self.audience.ledger.lost), 0)

    def largest_error(self) -> float:
        return largest_error(self.timeline(), self.ticks)

    def outcome(self, scenario: str) -> Outcome:
        self.expect("wrong in the end", self._wrong_figures(), 0)
        if self.reads_places:
            self._expect_consistent_places()
        elapsed = time.monotonic() - self.began_at
        ledger = self.audience.ledger
        worst = largest_deviation(self.timeline(), self.ticks)
        return Outcome(
            scenario,
            self.largest_error(),
            self.exact,
            len(ledger.lost),
            stale_seconds(self.ticks, PERIOD_SECONDS),
            self.bounds,
            {
                "people": self.people,
                "sockets": len(ledger.open),
                "failed_attempts": ledger.failed_attempts,
                "largest_deviation": "none" if worst is None else worst.describe(self.began_at),
                "harness_cpu": round((_cpu_seconds() - self.began_cpu_seconds) / elapsed, 3),
                "harness_late_seconds": round(self.recorder.late_seconds, 3),
                **self._place_notes(),
            },
            self.largest_place_error(),
        )

    # -- places ----------------------------------------------------------------------

    def true_places(self) -> PlaceTimelines:
        return PlaceTimelines(self.audience.ledger.helds, self.settings.LANDING_LINGER_SECONDS)

    @property
    def place_readings(self) -> list[PlaceReading]:
        """Return the responses of the places API, and the frames, since the scenario began."""
        frames = chain.from_iterable(screen.readings for screen in self.place_screens)
        found = chain(self.place_reader.readings, frames)
        return [each for each in found if each.asked_at >= self.began_at]

    def staff_readings(self) -> list[PlaceReading]:
        return [each for each in self.place_readings if each.is_staff]

    def largest_place_error(self) -> float | None:
        """Return the largest error of a place, as a share of all people; None without any."""
        worst = places.largest_deviation(self.true_places(), self.place_readings)
        return None if worst is None else worst.error

    def _expect_consistent_places(self) -> None:
        """Expect every response to add up and to hide small numbers, and the last ones exact."""
        readings, truth = self.place_readings, self.true_places()
        least = self.settings.LANDING_MIN_PLACE_PEOPLE
        last = {each.process: each for each in self.staff_readings()}
        now = time.monotonic()
        wrong = sum(
            process not in last
            or last[process].asked_at < now - PLACES_OLD_SECONDS
            or not places.is_exact(truth, last[process])
            for process in self.deployment.living
        )
        self.expect("wrong sums", places.wrong_sums(readings), 0)
        self.expect("small numbers shown", places.revealing(readings, least), 0)
        self.expect("wrong places", wrong, 0)
        shown = [self.place_screens[process].read(now) for process in self.deployment.living]
        self.expect("wrong frames", sum(not self._are_exact(truth, each) for each in shown), 0)

    def _wrong_places(self) -> dict[str, int]:
        """Return the last deviations from the truth, of any process."""
        last = {each.process: each for each in self.staff_readings()}
        truth = self.true_places()
        found = chain.from_iterable(truth.deviations(each) for each in last.values())
        return {each.place or "elsewhere": each.excess for each in found if each.excess}

    def _are_exact(self, truth: PlaceTimelines, frames: Sequence[PlaceReading]) -> bool:
        """Return whether a watcher has the list and its own place, and both are true."""
        return len(frames) == 2 and all(places.is_exact(truth, each) for each in frames)

    def _place_notes(self) -> dict[str, object]:
        if not self.reads_places:
            return {}
        worst = places.largest_deviation(self.true_places(), self.place_readings)
        return {
            "largest_place_deviation": "none" if worst is None else worst.describe(self.began_at),
            "places_with_people": len(self.true_places().at(time.monotonic())),
            "wrong_places": self._wrong_places(),
            "place_readings": len(self.place_readings),
            "place_readings_failed": self.place_reader.failed,
        }

    def _wrong_figures(self) -> int:
        """Return how many screens differ from the truth in any figure now."""
        now = time.monotonic()
        signed_in = self.timeline(part=Part.SIGNED_IN).at(now)
        true = (self.timeline().at(now), signed_in, len(self.audience.ledger.open))
        frames = [self.screens[process].frame or {} for process in self.deployment.living]
        return sum(
            (frame.get("people"), frame.get("signed_in"), frame.get("count")) != true
            for frame in frames
        )


def _cpu_seconds() -> float:
    usage = getrusage(RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
