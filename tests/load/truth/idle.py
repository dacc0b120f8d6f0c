"""The cost of an idle deployment: the commands that Redis receives, from MONITOR."""

from __future__ import annotations

import asyncio

from tests.load.truth.report import Outcome
from tests.load.truth.stage import Stage, Theatre
from tests.services.ports import HOST

FEW_PEOPLE = 10
HEARTBEATS = 6


async def idle(theatre: Theatre) -> Outcome:
    """Count commands without arrivals or departures, with few people and with all."""
    few_people = max(FEW_PEOPLE, theatre.processes)
    # Reading the places sends commands of its own.
    async with theatre.stage(few_people, reads_places=False) as stage:
        few = await _commands_per_heartbeat(stage)
    async with theatre.stage(reads_places=False) as stage:
        all = await _commands_per_heartbeat(stage)
        # The interval may cut a heartbeat of each worker at either end.
        stage.expect("commands per beat", max(few, all), 1)
        stage.expect("difference", abs(few - all), 1 / HEARTBEATS)
        stage.expect_error(0)
        stage.expect_no_socket_lost()
        outcome = stage.outcome("idle")
    outcome.notes["commands_per_worker_and_heartbeat"] = {"few": few, "all": all}
    return outcome


async def _commands_per_heartbeat(stage: Stage) -> float:
    """Return the commands per heartbeat of one worker, on average."""
    settings = stage.settings
    # Wait until the work after the arrivals is done.
    await asyncio.sleep(settings.LANDING_LINGER_SECONDS + settings.LANDING_STATS_REFRESH_SECONDS)
    commands = await _commands(
        stage.deployment.redis.port, HEARTBEATS * settings.LANDING_HEARTBEAT_SECONDS
    )
    return commands / HEARTBEATS / len(stage.deployment.living)


async def _commands(port: int, seconds: float) -> int:
    """Return how many commands clients send in ``seconds``, without those inside scripts."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(b"MONITOR\r\n")
    await reader.readline()
    commands = 0
    try:
        async with asyncio.timeout(seconds):
            while line := await reader.readline():
                commands += not line.partition(b"]")[0].endswith(b" lua")
    except TimeoutError:
        return commands
    finally:
        writer.close()
    raise ConnectionError("Redis closed the connection")
