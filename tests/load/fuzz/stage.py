"""One run of the fuzzer on a new server, and what must hold after it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.live.waiting import wait_until
from tests.load.attack import child
from tests.load.attack.honest import HonestGroup
from tests.load.attack.meter import TRACEBACK, Meter
from tests.load.attack.report import Outcome
from tests.load.attack.stage import running
from tests.load.attack.target import Target
from tests.load.truth.report import Bound
from tests.services.site import DaphneServer

ARRIVAL_SECONDS = 30.0
#: Time for the sender, beyond its pauses, per frame or request.
SECONDS_EACH = 0.02
MARGIN_SECONDS = 60.0
ERRORS = ("ERROR", "CRITICAL")
MEMORY_MB = {"frames": 5, "requests": 20}


@dataclass(frozen=True, slots=True)
class Plan:
    """The input to send. ``warm_up`` frames or requests with another seed come first.

    The warm-up sends faster, so that the server then needs no more memory for its garbage.
    """

    given: Mapping[str, str]
    seed: int
    count: int
    warm_up: int
    honest: int = 20


def play(kind: str, plan: Plan) -> tuple[Outcome, str]:
    """Send ``frames`` or ``requests`` to a new server. Return the result and the server's log."""
    with running(plan.given) as [server]:
        return asyncio.run(_play(kind, plan, server)), server.log


async def _play(kind: str, plan: Plan, server: DaphneServer) -> Outcome:
    group = HonestGroup(Target((server.port,)), plan.honest)
    await group.arrive()
    try:
        await wait_until(lambda: group.window.people > plan.honest, ARRIVAL_SECONDS)
        await _send(kind, server, plan.seed + 1, plan.warm_up, in_a_hurry=True)
        await group.wait_for_departures()
        meter = Meter([server])
        group.next_window()
        sender = await _send(kind, server, plan.seed, plan.count)
        await group.wait_for_departures()
        window, is_running = group.next_window(), server.is_running
        figures: dict[str, Any] = {
            "crashes": int(not is_running),
            "tracebacks": server.log.count(TRACEBACK),
            "errors": sum(record["level"] in ERRORS for record in server.records()),
            "people_wrong": group.people_wrong(),
            "lost": group.lost,
            "failed": window.pages_failed + window.guests_failed,
            "memory_mb": round(meter.growth_mb(), 1) if is_running else None,
            "sender": sender,
        }
    finally:
        await group.leave()
    return Outcome(f"{sender['sent']:,} {kind}", _bounds(kind, figures), figures)


async def _send(
    kind: str, server: DaphneServer, seed: int, count: int, *, in_a_hurry: bool = False
) -> dict[str, Any]:
    arguments = [kind, "--port", str(server.port), "--seed", str(seed), "--count", str(count)]
    arguments += ["--in-a-hurry"] if in_a_hurry else []
    timeout_seconds = MARGIN_SECONDS + count * SECONDS_EACH
    return await child.run("tests.load.fuzz.sender", arguments, timeout_seconds)


def _bounds(kind: str, figures: Mapping[str, Any]) -> list[Bound]:
    return [
        Bound("crashes", figures["crashes"], 0),
        Bound("tracebacks", figures["tracebacks"], 0),
        Bound("errors in the log", figures["errors"], 0),
        Bound("people wrong in the end", figures["people_wrong"], 0),
        Bound("honest connections lost", figures["lost"], 0),
        Bound("honest pages and new connections failed", figures["failed"], 0),
        Bound("memory growth", figures["memory_mb"], MEMORY_MB[kind], " MB"),
    ]
