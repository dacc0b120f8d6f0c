"""Handshakes per second of two workers on one port, compared with one.

All cores are for all processes, so the client takes its share from the workers.
"""

from __future__ import annotations

from contextlib import ExitStack

from tests.load.bench import redis_servers, servers
from tests.load.bench.report import Row
from tests.load.bench.rounds import interleaved
from tests.load.bench.waves import WAVE, receive_wave, rest, warm

NAME = "supervised"
MANY = 2


def run(rounds: int) -> list[Row]:
    """Send one wave per round to each deployment in turn."""
    with ExitStack() as stack:
        deployments = []
        for workers in (MANY, 1):
            # Each has its own Redis, so that neither sends the people of the other.
            redis = stack.enter_context(redis_servers.running())
            deployments.append(warm(stack, servers.supervised(redis.url, workers), greets=True))
        for deployment in interleaved(deployments, rounds):
            receive_wave(deployment)
            rest(deployment.server, [each.audience for each in deployments])
    many, one = deployments
    return [
        Row(
            NAME,
            f"handshakes/s to the first frame, Redis, {rounds} x {WAVE:,}: {MANY} workers / 1",
            "/s",
            many.greeted_per_second,
            one.greeted_per_second,
            client_busy=[*many.client_busy, *one.client_busy],
            ours_busy=many.server_busy,
            rival_busy=one.server_busy,
        )
    ]
