"""The scenarios: one function per row of the table.

Each function computes its bounds from the settings in force.
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

#: Share of arrivals that are people who left shortly before.
RETURNING_SHARE = 0.2
#: Enough that a fair spread is even: one worker of two gets 45 to 55 %.
SPREAD_CONNECTIONS = 1000

Scenario = Callable[[Theatre], Awaitable[Outcome]]


async def churn(theatre: Theatre) -> Outcome:
    """Run 100 joins and 100 leaves per second at 2,000 people, for six grace periods."""
    async with theatre.stage() as stage:
        linger = stage.settings.LANDING_LINGER_SECONDS
        await _churn(stage, per_second=stage.people / 20, seconds=6 * linger)
        await stage.expect_exact("exact", SLACK_SECONDS + linger)
        stage.expect_error(theatre.max_error)
        stage.expect_no_socket_lost()
        return stage.outcome("steady churn")


async def places(theatre: Theatre) -> Outcome:
    """Run the same churn, while as many people per second move to another page."""
    async with theatre.stage() as stage:
        linger, per_second = stage.settings.LANDING_LINGER_SECONDS, stage.people / 20
        async with asyncio.TaskGroup() as group:
            group.create_task(_churn(stage, per_second, seconds=6 * linger))
            group.create_task(_move(stage, per_second, seconds=6 * linger))
        ended_at = time.monotonic()
        await stage.expect_exact("exact", SLACK_SECONDS + linger)
        stage.expect_places_exact(ended_at, SLACK_SECONDS + linger)
        stage.expect_error(theatre.max_error)
        stage.expect_no_socket_lost()
        return stage.outcome("churn and moves")


async def _move(stage: Stage, per_second: float, seconds: float) -> None:
    began_at = time.monotonic()
    for number in range(round(per_second * seconds)):
        await asyncio.sleep(began_at + number / per_second - time.monotonic())
        stage.audience.move_one()


async def _churn(stage: Stage, per_second: float, seconds: float) -> None:
    left: list[Person] = []
    began_at = time.monotonic()
    for number in range(round(per_second * seconds)):
        await asyncio.sleep(began_at + number / per_second - time.monotonic())
        returning = left and random() < RETURNING_SHARE
        stage.audience.join(left.pop() if returning else stage.population.person())
        person, was_settled = stage.audience.leave_one()
        # Otherwise, the earlier page could be the one that the site learns of last.
        if was_settled:
            left.append(person)


async def kill(theatre: Theatre) -> Outcome:
    """Kill one process with SIGKILL. Its clients do not reconnect."""
    async with theatre.stage() as stage:
        await stage.deployment.kill_one(0)
        await stage.expect_exact("exact", stage.settings.LANDING_LEASE_SECONDS + SLACK_SECONDS)
        return stage.outcome("kill -9")


async def stop(theatre: Theatre) -> Outcome:
    """Pause one process with SIGSTOP for its lease and two heartbeats, then resume it."""
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
    """End one process with SIGTERM. Its clients reconnect to the others within the spread."""
    async with theatre.stage() as stage:
        await stage.deployment.stop_one(0)
        await _watch_reconnects(stage)
        stage.expect_error(theatre.max_error)
        stage.expect_no_socket_lost()
        return stage.outcome("SIGTERM")


async def rolling(theatre: Theatre) -> Outcome:
    """Restart every process with SIGTERM, one after the other."""
    async with theatre.stage() as stage:
        for process in range(theatre.processes):
            await stage.deployment.stop_one(process)
            await stage.deployment.start_one(process)
            stage.watch(process)
        await _watch_reconnects(stage)
        stage.expect_error(theatre.max_error)
        stage.expect_no_socket_lost()
        return stage.outcome("rolling restart")


async def supervised(theatre: Theatre) -> Outcome:
    """Restart all workers of a supervisor during churn. They share one port."""
    async with theatre.stage(supervised=True) as stage:
        share = await asyncio.to_thread(stage.deployment.largest_share, SPREAD_CONNECTIONS)
        stage.expect("share of one worker", share, 1.1 / theatre.processes, "%")
        churn = asyncio.create_task(_churn(stage, per_second=stage.people / 50, seconds=20))
        await stage.deployment.restart()
        await churn
        await _watch_reconnects(stage)
        stage.expect_error(theatre.max_error)
        stage.expect_no_socket_lost()
        stage.expect("refused", stage.audience.ledger.failed_attempts, 0)
        return stage.outcome("supervised rolling restart")


async def _watch_reconnects(stage: Stage) -> None:
    """Watch until all reconnecting people are back or no longer count."""
    spread_seconds = max(client.spread_seconds for client in stage.audience.ledger.open)
    await stage.expect_exact(
        "exact",
        spread_seconds + GRACE_SECONDS + stage.settings.LANDING_LINGER_SECONDS + SLACK_SECONDS,
    )


async def redis_empty(theatre: Theatre) -> Outcome:
    """Restart Redis empty, immediately and after an outage of two and a half heartbeats."""
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
    """Stop Redis gracefully, and start it with its data after two and a half heartbeats."""
    async with theatre.stage(announcing=True) as stage:
        departures = await _count_departures(stage)
        data = await stage.deployment.stop_redis_with_data()
        await _expect_stale(stage)
        await asyncio.to_thread(stage.deployment.redis.start, data)
        await _expect_nobody_gone(stage, departures)
        return stage.outcome("Redis restarted with data")


async def redis_paused(theatre: Theatre) -> Outcome:
    """Pause Redis for six heartbeats."""
    async with theatre.stage(announcing=True) as stage:
        departures = await _count_departures(stage)
        stage.deployment.redis.pause()
        await _expect_stale(stage, heartbeats=6)
        stage.deployment.redis.resume()
        await _expect_nobody_gone(stage, departures)
        return stage.outcome("Redis paused")


async def _count_departures(stage: Stage) -> int:
    """Let one person leave, to prove that departures are signaled. Return their count."""
    stage.audience.leave_one()
    await asyncio.sleep(stage.settings.LANDING_LINGER_SECONDS + SLACK_SECONDS)
    await stage.until_exact()
    departures = stage.deployment.departures()
    if not departures:
        raise TimeoutError("no process signaled a departure")
    return departures


async def _expect_stale(stage: Stage, heartbeats: float = 2.5) -> None:
    """Watch the screens after an outage starts. None may stay live beyond the bound."""
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
    # Leases that were not extended correctly expire within this time.
    await asyncio.sleep(stage.settings.LANDING_LEASE_SECONDS + MARGIN_SECONDS)
    stage.expect_error(0)
    stage.expect_no_socket_lost()
    stage.expect("signaled as left", stage.deployment.departures() - departures, 0)
