"""The course of a simulation: arrival, churn, data loss, and crashes, one after the other."""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import dataclass
from itertools import chain

from landing.conf import LandingSettings
from tests.load.simulate.host import Figures, Status
from tests.load.simulate.hosts import Hosts
from tests.load.simulate.meter import Meter
from tests.load.simulate.report import Figure
from tests.services.redis import RedisServer

MAX_CORE_PERCENT, MAX_AGE_SECONDS = 25, 2
#: The share of the workers that crash at once.
CRASH_SHARE = 0.1
IDLE_SECONDS = 10.0
#: A recovery that takes longer has failed.
MAX_RECOVERY_SECONDS = 120.0
POLL_SECONDS = 0.05
#: A simulator whose loop is later than this is too slow to measure the workers.
MAX_LATE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a simulation. ``churn`` is the share of people that leave per second."""

    workers: int
    people: int
    churn: float
    seconds: float


class Recovery:
    """The largest error until all workers show the truth, and how long that takes."""

    def __init__(self, simulation: Simulation, people: int) -> None:
        self._simulation = simulation
        self._people = people
        self._began_at = time.monotonic()
        self.largest_error = 0
        #: for how long a worker showed stale counts, or none
        self.stale_seconds = 0.0

    def wait(self, at_least: float) -> float | None:
        """Return the seconds after which the counts stayed exact for a heartbeat.

        None: they never did. Errors can begin up to ``at_least`` seconds after the event.
        """
        exact_at: float | None = None
        while (now := time.monotonic()) < self._began_at + MAX_RECOVERY_SECONDS:
            elapsed = now - self._began_at
            status = self._simulation.status()
            if status.live < status.workers:
                self.stale_seconds, exact_at = elapsed, None
            elif status.lowest == status.highest == self._people:
                exact_at = elapsed if exact_at is None else exact_at
                if elapsed >= max(at_least, exact_at + self._simulation.heartbeat):
                    return exact_at
            else:
                exact_at = None
            if status.live:
                wrong = (abs(status.lowest - self._people), abs(status.highest - self._people))
                self.largest_error = max(self.largest_error, *wrong)
            time.sleep(POLL_SECONDS)
        return None


class Simulation:
    """Runs the parts of a simulation and collects their figures."""

    def __init__(
        self, plan: Plan, server: RedisServer, hosts: Hosts, settings: LandingSettings
    ) -> None:
        self._plan = plan
        self._server = server
        self._hosts = hosts
        self._settings = settings
        self.heartbeat = settings.LANDING_HEARTBEAT_SECONDS
        self._meter = Meter(server.client())
        self.figures: list[Figure] = []

    def run(self) -> None:
        """Run everything."""
        for step in (self._arrive, self._idle, self._churn, self._lose_data):
            self._announce(step.__name__.strip("_").replace("_", " "))
            step()
        for reconnects in (True, False):
            self._announce("crash, people reconnect" if reconnects else "crash, people leave")
            self._crash(reconnects)
        self._show("people shown minus people connected, at the end", self._error())

    def status(self) -> Status:
        """Return the status of all hosts together."""
        each: list[Status] = self._hosts.call("status")
        return Status(
            sum(status.workers for status in each),
            sum(status.live for status in each),
            sum(status.connected for status in each),
            min((status.lowest for status in each if status.live), default=0),
            max((status.highest for status in each if status.live), default=0),
        )

    def _arrive(self) -> None:
        plan, shares = self._plan, self._hosts.shares
        empty_bytes = self._meter.memory_bytes()
        self._start()
        parts = list(zip(shares(plan.workers), shares(plan.people), strict=True))
        self._hosts.call_each("open", parts)
        self._recover("arrival of everybody", plan.people, 0)
        used = self._meter.memory_bytes() - empty_bytes
        self._show("Redis memory", used / 1_000_000, "MB")
        self._show("Redis memory per person", used / plan.people, "bytes")

    def _idle(self) -> None:
        self._start()
        time.sleep(min(IDLE_SECONDS, self._plan.seconds))
        load = self._meter.load()
        self._show("idle: Redis CPU", 100 * load.core, "% of a core")
        self._show("idle: commands per second", load.commands)

    def _churn(self) -> None:
        per_second = self._plan.people * self._plan.churn
        self._hosts.call("set_churn", per_second / len(self._hosts))
        # After a grace period, as many people stop counting as arrive.
        time.sleep(self._settings.LANDING_LINGER_SECONDS + self.heartbeat)
        self._start()
        time.sleep(self._plan.seconds)
        load, figures = self._meter.load(), self._host_figures()
        memory_mb = self._meter.memory_bytes() / 1_000_000
        self._hosts.call("set_churn", 0)
        changes = sum(each.changes for each in figures) / load.seconds
        self._show("churn: arrivals and departures per second", changes)
        self._show("churn: Redis CPU", 100 * load.core, "% of a core", MAX_CORE_PERCENT)
        self._show("churn: commands per second", load.commands)
        self._show("churn: commands per second and worker", load.commands / self._plan.workers)
        self._show("churn: commands per second, with those in scripts", load.inner_commands)
        self._show("churn: bytes in per second", load.bytes_in / 1000, "kB")
        self._show("churn: bytes out per second", load.bytes_out / 1000, "kB")
        self._show("churn: Redis memory", memory_mb, "MB")
        self._show("churn: longest command", load.longest_ms, "ms")
        self._show_ages(sorted(chain.from_iterable(each.freshness_seconds for each in figures)))
        for number, each in enumerate(figures, 1):
            busy = 100 * each.processor_seconds / load.seconds
            self._show(f"simulator {number}: CPU", busy, "% of a core")
            late = statistics.quantiles(each.late_seconds, n=20)[-1]
            if late > MAX_LATE_SECONDS:
                print("    This machine is too busy for these figures.", file=sys.stderr)
            self._show(f"simulator {number}: lateness, 95 %", 1000 * late, "ms")
            self._show(
                f"simulator {number}: lateness, longest", 1000 * max(each.late_seconds), "ms"
            )
        # Until the grace period of the last departures has ended.
        Recovery(self, self._plan.people).wait(self._settings.LANDING_LINGER_SECONDS)

    def _show_ages(self, ages: list[float]) -> None:
        """Show how long workers took to show a join."""
        what = "churn: a join is shown by all workers after"
        for name, share in (("median", 0.5), ("95 %", 0.95)):
            age = ages[int(share * len(ages))] if ages else None
            self._show(f"{what}, {name}", age, "s")
        self._show(f"{what}, longest", ages[-1] if ages else None, "s", MAX_AGE_SECONDS)

    def _lose_data(self) -> None:
        self._start()
        # Without "async", Redis itself would be busy for more than a second.
        with self._server.client() as client:
            client.flushall(asynchronous=True)
        self._recover("loss of all data", self._plan.people, self.heartbeat)

    def _crash(self, reconnects: bool) -> None:
        before = self.status()
        workers = max(len(self._hosts), round(before.workers * CRASH_SHARE))
        self._start()
        shares = [(share, reconnects) for share in self._hosts.shares(workers)]
        gone = sum(self._hosts.call_each("crash", shares))
        what = f"crash of {workers} of {before.workers} workers, people "
        what += "reconnect" if reconnects else "leave"
        self._show(f"{what}: their people", gone)
        people = before.connected - (0 if reconnects else gone)
        self._recover(what, people, self._settings.LANDING_LEASE_SECONDS + self.heartbeat)

    def _start(self) -> None:
        """Begin a measurement."""
        self._host_figures()
        self._meter.start()

    def _host_figures(self) -> list[Figures]:
        figures: list[Figures] = self._hosts.call("figures")
        return figures

    def _recover(self, what: str, people: int, at_least: float) -> None:
        """Wait until the workers show this many people, and show the figures of the recovery."""
        recovery = Recovery(self, people)
        exact_after = recovery.wait(at_least)
        load, figures = self._meter.load(), self._host_figures()
        error = 100 * recovery.largest_error / self._plan.people
        self._show(f"{what}: exact after", exact_after, "s")
        self._show(f"{what}: stale or unknown for", recovery.stale_seconds, "s")
        self._show(f"{what}: largest error of live counts", error, "%")
        self._show(f"{what}: Redis CPU meanwhile", load.core * load.seconds, "s")
        busiest = max(each.processor_seconds for each in figures)
        self._show(f"{what}: simulator CPU meanwhile", busiest, "s")
        self._show(f"{what}: longest command", load.longest_ms, "ms")

    def _error(self) -> int:
        status = self.status()
        return max(abs(status.lowest - status.connected), abs(status.highest - status.connected))

    def _show(
        self, what: str, value: float | None, unit: str = "", at_most: float | None = None
    ) -> None:
        self.figures.append(Figure(what, value, unit, at_most))

    def _announce(self, step: str) -> None:
        print(f"{step} ...", file=sys.stderr, flush=True)
