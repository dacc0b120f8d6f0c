"""One million people in Redis: the cost of reads, reports, drains, and dead workers.

Run it as ``python -m tests.load.presence_scale``: without places first, and then with 10,000
places. An argument, ``people`` or ``places``, runs one of the two. It starts its own Redis and
prints each figure with its bound, and a PING for comparison. The exit status is 1 if a bound is
missed. "Busy" is the processor time of one step, during which Redis serves no other client. A round
trip is the time that a worker waits.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from typing import Any

import redis
from redis.asyncio import Redis as AsyncRedis

from landing.conf import LandingSettings
from landing.live.presence.contract import MAX_CHANGES, Answer, Change, Timing
from landing.live.presence.redis.backend import RedisPresence
from tests.load.presence_scale.crowd import SIGNED_IN_EVERY, Crowd, arrival
from tests.load.presence_scale.meter import MAX_STEP_MS, Meter
from tests.services import children
from tests.services.redis import RedisServer

PEOPLE, WORKERS = 1_000_000, 100
LARGE_WORKER = 50_000
PREFIX, META = "scale", "{scale}:meta"
#: No lease expires by accident on a busy machine.
PATIENT = Timing(heartbeat_ms=1_000_000, lease_ms=3_600_000)
#: A worker with the default lease of 15 s.
MORTAL = Timing(heartbeat_ms=1_000_000)

LINGER_MS = 60_000
MAX_READ_MS, MAX_MEMORY_MB = 0.3, 220.0
#: All of them have people.
PLACES = 10_000
MAX_TOP_MS, MAX_MEMORY_WITH_PLACES_MB = 1.0, 320.0


async def measure(url: str) -> bool:
    """Run all measurements. Return whether a bound was missed."""
    client = redis.Redis.from_url(url, socket_timeout=60)
    meter = Meter(client)
    limit = LandingSettings().LANDING_NETWORK_MAX_PEOPLE
    patient = RedisPresence(url, PREFIX, PATIENT, 60, max_people_per_network=limit)
    mortal = RedisPresence(url, PREFIX, MORTAL, 60, max_people_per_network=limit)
    crowds = [Crowd(patient) for _ in range(WORKERS)]
    await fill(meter, crowds, MAX_MEMORY_MB)
    await read(meter, crowds[0], url)
    await report(meter, crowds[0])
    await leave(meter, Crowd(patient), crowds[0])
    await die(meter, Crowd(mortal), crowds[0])
    await come_back(meter, Crowd(patient))
    await meter.until_done("inspecting", lambda: done(patient.inspect()))
    await meter.until_done("losing everything", lambda: done(patient.clear()))
    await patient.close()
    await mortal.close()
    return meter.missed


async def measure_places(url: str) -> bool:
    """Measure the cost of places. Return whether a bound was missed."""
    client = redis.Redis.from_url(url, socket_timeout=60)
    meter = Meter(client)
    limit = LandingSettings().LANDING_NETWORK_MAX_PEOPLE
    presence = RedisPresence(
        url, PREFIX, PATIENT, 60, max_people_per_network=limit, max_places=PLACES
    )
    crowds = [Crowd(presence, places=PLACES) for _ in range(WORKERS)]
    print(f"{PLACES:,} places:")
    await fill(meter, crowds, MAX_MEMORY_WITH_PLACES_MB)
    top = partial(presence.places, 100)
    places = await top()
    assert places is not None and len(places.top) == 100 and places.elsewhere == 0
    assert client.zcard(f"{{{PREFIX}}}:places") == PLACES
    await meter.repeat("reading the 100 places with the most people", 1_000, top, MAX_TOP_MS)
    await report(meter, crowds[0])
    moves = iter([crowds[0].move(MAX_CHANGES) for _ in range(200)])
    step = partial(next_report, crowds[0], moves, False)
    await meter.repeat("a report of 1,000 moves", 200, step, MAX_STEP_MS)
    leaver = Crowd(presence, places=PLACES)
    await leave(meter, leaver, crowds[0])
    await presence.close()
    return meter.missed


async def fill(meter: Meter, crowds: list[Crowd], max_memory_mb: float) -> None:
    empty_bytes = meter.client.info("memory")["used_memory"]
    for crowd in crowds:
        await crowd.report_all(crowd.arrive(PEOPLE // WORKERS))
    used_bytes = meter.client.info("memory")["used_memory"] - empty_bytes
    meter.client.hset(META, "settling_until", 0)
    snapshot = await crowds[0].presence.snapshot()
    assert snapshot is not None and snapshot.people == PEOPLE, snapshot
    print(f"{PEOPLE:,} people on {WORKERS} workers, every {SIGNED_IN_EVERY}th signed in")
    meter.show("memory", used_bytes / 1_000_000, max_memory_mb, "MB")


async def read(meter: Meter, crowd: Crowd, url: str) -> None:
    plain = AsyncRedis.from_url(url)
    ping_ms = await meter.repeat("PING, for comparison", 1_000, plain.ping, None)
    await plain.aclose()
    read_ms = await meter.repeat("reading the count", 1_000, crowd.presence.snapshot, MAX_READ_MS)
    meter.show("    that is", read_ms / ping_ms, unit="PINGs")
    beat_ms = await meter.repeat("an idle heartbeat", 1_000, crowd.report, None)
    meter.show("    that is", beat_ms / ping_ms, unit="PINGs")


async def report(meter: Meter, crowd: Crowd) -> None:
    """Measure full reports, also with the events of arrivals and departures."""
    for what, events, bound_ms in (
        ("a report of 1,000 changes", False, MAX_STEP_MS),
        ("the same with events", True, None),
    ):
        changes = iter([crowd.turn_over(MAX_CHANGES // 2) for _ in range(200)])
        step = partial(next_report, crowd, changes, events)
        await meter.repeat(what, 200, step, bound_ms)


async def next_report(crowd: Crowd, changes: Iterator[list[Change]], events: bool) -> Answer:
    return await crowd.report(next(changes), events=events)


async def leave(meter: Meter, crowd: Crowd, witness: Crowd) -> None:
    """Measure the drain of a large worker, and the end of its grace period."""
    await crowd.report_all(crowd.arrive(LARGE_WORKER))
    drain = partial(crowd.presence.drain, crowd.worker, crowd.seq + 1, LINGER_MS)
    await meter.until_done(f"draining {LARGE_WORKER:,} people", drain)
    crowd.presence.clock_offset_ms += LINGER_MS + 1
    await take_away(meter, "the end of their grace period", witness)


async def die(meter: Meter, crowd: Crowd, witness: Crowd) -> None:
    """Measure the expired lease of a large worker."""
    crowd.presence.clock_offset_ms = witness.presence.clock_offset_ms
    await crowd.report_all(crowd.arrive(LARGE_WORKER))
    witness.presence.clock_offset_ms += MORTAL.lease_ms + 1
    await take_away(meter, f"reaping {LARGE_WORKER:,} people", witness)


async def take_away(meter: Meter, what: str, witness: Crowd) -> None:
    """Measure removal during full reports, and then in consecutive steps."""
    reports = iter([witness.arrive(MAX_CHANGES)[:MAX_CHANGES] for _ in range(50)])

    async def full_report() -> None:
        answer = await witness.report(next(reports), events=True)
        assert answer.lease.more, "there was too little to remove"

    await meter.repeat(f"{what}, beside full reports", 50, full_report, None)
    await meter.until_done(f"{what}, the rest", lambda: more(witness.report()))


async def come_back(meter: Meter, crowd: Crowd) -> None:
    """Measure the resync of a large worker."""
    await crowd.report_all(crowd.arrive(LARGE_WORKER))
    everybody = [arrival(visitor) for visitor in crowd.visitors]
    chunks = [everybody[at : at + MAX_CHANGES] for at in range(0, LARGE_WORKER, MAX_CHANGES)]
    left = iter(enumerate(chunks))

    async def step() -> bool:
        at, chunk = next(left)
        complete = at == len(chunks) - 1
        await crowd.report(chunk, begin=at == 0, complete=complete)
        return not complete

    await meter.until_done(f"resync of {LARGE_WORKER:,} people", step)
    await meter.until_done("the removal of the old keys", lambda: more(crowd.report()))


async def more(answer: Awaitable[Answer]) -> bool:
    return (await answer).lease.more


async def done(call: Awaitable[Any]) -> bool:
    await call
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure presence with one million people.")
    parser.add_argument("which", nargs="?", choices=sorted(MEASUREMENTS))
    which = parser.parse_args().which
    children.end_on_signals()
    missed = False
    for name, measurement in MEASUREMENTS.items():
        if which in (None, name):
            missed |= run(measurement)
    sys.exit(1 if missed else 0)


def run(measurement: Callable[[str], Coroutine[Any, Any, bool]]) -> bool:
    """Run a measurement on a new Redis. Return whether a bound was missed."""
    server = RedisServer()
    server.start()
    try:
        return asyncio.run(measurement(server.url))
    finally:
        server.close()


MEASUREMENTS = {"people": measure, "places": measure_places}

if __name__ == "__main__":
    main()
