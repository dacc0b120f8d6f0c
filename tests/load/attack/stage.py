"""One attack on new servers: the honest group arrives, the attack runs, all figures are taken."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.live.waiting import wait_until
from tests.load.attack import child
from tests.load.attack.honest import HonestGroup
from tests.load.attack.meter import TRACEBACK, Meter
from tests.load.attack.report import Outcome
from tests.load.attack.scenarios import HONEST, TITLES, UNITS, Scenario
from tests.load.attack.target import Target
from tests.load.attack.visitor import Window
from tests.load.truth.report import Bound
from tests.services.redis import RedisServer
from tests.services.site import UNLIMITED, DaphneServer, with_own_database

#: The same as in the Procfile.
OPTIONS = ("-v", "0", "--websocket-max-frame-size", "65536")
#: Within this time, the rows of all honest visitors are counted.
ARRIVAL_SECONDS = 30.0
#: How much longer than the attack its process may take.
MARGIN_SECONDS = 30.0
MAX_PING_MS = 100.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How to play each scenario."""

    given: Mapping[str, str]
    seconds: float
    honest: int = 50
    baseline_seconds: float = 10.0
    #: Within this time after an attack, its people have left and its rows are counted.
    after_seconds: float = 15.0
    #: share of the size of each attack
    scale: float = 1.0
    with_redis: bool = False


def play(scenario: Scenario, plan: Plan) -> Outcome:
    """Start servers, play the scenario, and end the servers."""
    given = {"LANDING_TRUSTED_PROXY_COUNT": "1"} if scenario.proxied else {}
    with running({**plan.given, **given}, with_redis=plan.with_redis) as servers:
        if scenario.open_files:
            limits = (scenario.open_files, scenario.open_files)
            for server in servers:
                psutil.Process(server.pid).rlimit(psutil.RLIMIT_NOFILE, limits)
        return asyncio.run(_play(scenario, plan, servers))


@contextmanager
def running(
    given: Mapping[str, str], *, with_redis: bool = False
) -> Iterator[Sequence[DaphneServer]]:
    """Start one process, or two with a Redis, on a copy of the database."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attack-")))
        variables = {**with_own_database(given, directory), "TMPDIR": str(directory)}
        # The attacks are on the limits.
        variables = {name: text for name, text in variables.items() if name not in UNLIMITED}
        if with_redis:
            redis = RedisServer()
            stack.callback(redis.close)
            redis.start()
            variables["REDIS_URL"] = redis.url
        servers = [DaphneServer(variables, *OPTIONS) for _ in range(2 if with_redis else 1)]
        for server in servers:
            stack.callback(server.close)
            server.start()
        yield servers


async def _play(scenario: Scenario, plan: Plan, servers: Sequence[DaphneServer]) -> Outcome:
    target = Target(tuple(server.port for server in servers), scenario.proxied)
    group = HonestGroup(target, plan.honest)
    await group.arrive()
    try:
        everyone = plan.honest + 1
        await wait_until(
            lambda: min(group.window.visitors, group.window.people) == everyone, ARRIVAL_SECONDS
        )
        await asyncio.sleep(plan.baseline_seconds)
        baseline = group.next_window()
        meter = Meter(servers)
        measuring = asyncio.create_task(meter.run())
        began, harness_began = time.monotonic(), time.process_time()
        attacker = await _attack(scenario, plan, target)
        seconds = time.monotonic() - began
        attack, cores = group.next_window(), meter.cores()
        harness_cores = (time.process_time() - harness_began) / seconds
        await asyncio.sleep(plan.after_seconds)
        measuring.cancel()
        meter.sample()
        after = group.next_window()
        due, missed = await group.wait_for_deliveries(began, time.monotonic())
        await group.wait_for_departures()
        log = meter.new_log()
        figures: dict[str, Any] = {
            **_rises(baseline, attack, after),
            **_pings(baseline, attack),
            "people_wrong": group.people_wrong(),
            "counts": due,
            "undelivered": missed + attack.unaware + after.unaware,
            "lost": group.lost,
            "pages": attack.pages + after.pages,
            "pages_failed": attack.pages_failed + after.pages_failed,
            "guests": attack.guests + after.guests,
            "guests_failed": attack.guests_failed + after.guests_failed,
            "memory_mb": round(meter.memory_mb, 1),
            "disk_mb": round(meter.disk_mb, 1),
            "log_lines": len(log.splitlines()),
            "tracebacks": log.count(TRACEBACK),
            "server_cores": round(cores, 2),
            "harness_cores": round(harness_cores, 2),
            "status_200": attacker["statuses"].get("200", 0),
            "status_101": attacker["statuses"].get("101", 0),
            "longest_seconds": attacker["longest_seconds"],
            "open": attacker["open"],
            "attacker": attacker,
        }
    finally:
        await group.leave()
    return Outcome(scenario.name, _bounds(scenario, figures), figures)


async def _attack(scenario: Scenario, plan: Plan, target: Target) -> dict[str, Any]:
    """Run the attacker in its own process and return its figures."""
    seconds = max(plan.seconds, scenario.at_least_seconds * plan.scale)
    arguments = [scenario.attack, "--seconds", str(seconds), "--scale", str(plan.scale)]
    arguments += ["--ports", *map(str, target.ports), *(["--proxied"] if target.proxied else [])]
    return await child.run("tests.load.attack.attacker", arguments, seconds + MARGIN_SECONDS)


def _rises(baseline: Window, attack: Window, after: Window) -> dict[str, int]:
    return {
        f"{name}_rise": max(getattr(attack, name), getattr(after, name)) - getattr(baseline, name)
        for name in ("people", "active", "visitors")
    }


def _pings(baseline: Window, attack: Window) -> dict[str, float]:
    figures = {}
    for prefix, window in (("baseline", baseline), ("ping", attack)):
        quantiles = statistics.quantiles(window.round_trips, n=20, method="inclusive")
        figures[f"{prefix}_p50_ms"] = round(statistics.median(window.round_trips) * 1000, 1)
        figures[f"{prefix}_p95_ms"] = round(quantiles[-1] * 1000, 1)
    return figures


def _bounds(scenario: Scenario, figures: Mapping[str, Any]) -> list[Bound]:
    max_ping_ms = max(2 * figures["baseline_p95_ms"], MAX_PING_MS)
    every = {**scenario.bounds, "ping_p95_ms": max_ping_ms, **HONEST}
    return [
        Bound(TITLES[name], figures[name], at_most, UNITS.get(name, ""))
        for name, at_most in every.items()
    ]
