"""What happens to the servers, and what may come of it: one function per row of the table.

Every bound is computed from the settings in force.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from random import random

from tests.load.truth.client import GRACE_SECONDS
from tests.load.truth.people import Person
from tests.load.truth.report import Outcome
from tests.load.truth.stage import MARGIN_SECONDS, Stage, Theatre
from tests.load.truth.truth import SLACK_SECONDS

#: How many of those who come have left a moment ago.
RETURNING_SHARE = 0.2

Scenario = Callable[[Theatre], Awaitable[Outcome]]


async def churn(theatre: Theatre) -> Outcome:
    """100 joins and 100 leaves a second at 2,000 people, for as long as six lingers."""
    async with theatre.stage() as stage:
        linger = stage.settings.LANDING_LINGER_SECONDS
        await _churn(stage, per_second=stage.people / 20, seconds=6 * linger)
        await stage.expect_exact("exact", SLACK_SECONDS + linger)
        stage.expect_error(theatre.max_error)
        stage.expect_no_socket_lost()
        return stage.outcome("steady churn")


async def _churn(stage: Stage, per_second: float, seconds: float) -> None:
    left: list[Person] = []
    began_at = time.monotonic()
    for number in range(round(per_second * seconds)):
        await asyncio.sleep(began_at + number / per_second - time.monotonic())
        returning = left and random() < RETURNING_SHARE
        stage.audience.join(left.pop() if returning else stage.population.person())
        left.append(stage.audience.leave_one())


async def kill(theatre: Theatre) -> Outcome:
    """kill -9 of one process; its clients do not reconnect."""
    async with theatre.stage() as stage:
        await stage.deployment.kill_one(0)
        await stage.expect_exact("exact", stage.settings.LANDING_LEASE_SECONDS + SLACK_SECONDS)
        return stage.outcome("kill -9")


async def stop(theatre: Theatre) -> Outcome:
    """SIGSTOP of one process for two heartbeats longer than its lease, then SIGCONT."""
    async with theatre.stage() as stage:
        settings, paused = stage.settings, 0
        stage.deployment.pause_one(paused)
        others = [held for held in stage.audience.ledger.helds if held.process != paused]
        resume_at = (
            time.monotonic()
            + settings.LANDING_LEASE_SECONDS
            + 2 * settings.LANDING_HEARTBEAT_SECONDS
        )
        await stage.expect_exact("gone", settings.LANDING_LEASE_SECONDS + SLACK_SECONDS, others)
        await asyncio.sleep(resume_at - time.monotonic())
        stage.deployment.resume_one(paused)
        await stage.expect_exact("back", settings.LANDING_HEARTBEAT_SECONDS)
        stage.expect_no_socket_lost()
        return stage.outcome("SIGSTOP, SIGCONT")


async def term(theatre: Theatre) -> Outcome:
    """SIGTERM of one process; its clients reconnect to the others as told."""
    async with theatre.stage() as stage:
        await stage.deployment.stop_one(0)
        await _watch_reconnects(stage)
        stage.expect_error(theatre.max_error)
        stage.expect_no_socket_lost()
        return stage.outcome("SIGTERM")


async def rolling(theatre: Theatre) -> Outcome:
    """SIGTERM and a new start of every process, one after the other."""
    async with theatre.stage() as stage:
        for process in range(theatre.processes):
            await stage.deployment.stop_one(process)
            await stage.deployment.start_one(process)
            stage.watch(process)
        await _watch_reconnects(stage)
        stage.expect_error(theatre.max_error)
        stage.expect_no_socket_lost()
        return stage.outcome("rolling restart")


async def _watch_reconnects(stage: Stage) -> None:
    """Until all who were given time are back, or have ceased to count."""
    spread_seconds = max(client.spread_seconds for client in stage.audience.ledger.open)
    await stage.expect_exact(
        "exact",
        spread_seconds + GRACE_SECONDS + stage.settings.LANDING_LINGER_SECONDS + SLACK_SECONDS,
    )


async def redis_empty(theatre: Theatre) -> Outcome:
    """Redis restarted empty, at once and after an outage of two and a half heartbeats."""
    async with theatre.stage() as stage:
        redis, heartbeat = stage.deployment.redis, stage.settings.LANDING_HEARTBEAT_SECONDS
        await asyncio.to_thread(redis.restart)
        await stage.expect_exact("exact", heartbeat + SLACK_SECONDS)
        await asyncio.to_thread(redis.stop)
        await _expect_stale(stage)
        await asyncio.to_thread(redis.start)
        await stage.expect_exact("exact", heartbeat + SLACK_SECONDS)
        stage.expect_error(0)
        stage.expect_no_socket_lost()
        return stage.outcome("Redis restarted empty")


async def redis_data(theatre: Theatre) -> Outcome:
    """Redis stopped in order, and started with its data after two and a half heartbeats."""
    async with theatre.stage(announcing=True) as stage:
        departures = await _hear_of_a_departure(stage)
        data = await stage.deployment.stop_redis_with_data()
        await _expect_stale(stage)
        await asyncio.to_thread(stage.deployment.redis.start, data)
        await _expect_nobody_gone(stage, departures)
        return stage.outcome("Redis restarted with data")


async def redis_paused(theatre: Theatre) -> Outcome:
    """Redis answers nothing for six heartbeats."""
    async with theatre.stage(announcing=True) as stage:
        departures = await _hear_of_a_departure(stage)
        stage.deployment.redis.pause()
        await _expect_stale(stage, heartbeats=6)
        stage.deployment.redis.resume()
        await _expect_nobody_gone(stage, departures)
        return stage.outcome("Redis paused")


async def _hear_of_a_departure(stage: Stage) -> int:
    """Somebody leaves, so that silence means something later; how many departures were told."""
    stage.audience.leave_one()
    await asyncio.sleep(stage.settings.LANDING_LINGER_SECONDS + SLACK_SECONDS)
    await stage.until_exact()
    departures = stage.deployment.departures()
    if not departures:
        raise TimeoutError("nobody was told of a departure")
    return departures


async def _expect_stale(stage: Stage, heartbeats: float = 2.5) -> None:
    """Redis has just gone: watch the screens for so long; they may not pretend."""
    since, heartbeat = time.monotonic(), stage.settings.LANDING_HEARTBEAT_SECONDS
    await asyncio.sleep(heartbeats * heartbeat)
    live = [
        tick.at
        for tick in stage.recorder.ticks
        if tick.at >= since and any(reading.live for reading in tick.readings)
    ]
    stage.expect("stale", max(live, default=since) - since, 2 * heartbeat, " s")


async def _expect_nobody_gone(stage: Stage, departures: int) -> None:
    await stage.expect_exact("exact", stage.settings.LANDING_HEARTBEAT_SECONDS + SLACK_SECONDS)
    # Leases that were extended by mistake, or not at all, run out now.
    await asyncio.sleep(stage.settings.LANDING_LEASE_SECONDS + MARGIN_SECONDS)
    stage.expect_error(0)
    stage.expect_no_socket_lost()
    stage.expect("said to have left", stage.deployment.departures() - departures, 0)
