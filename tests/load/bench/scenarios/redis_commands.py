"""Commands sent to Redis a second while people come and go; those inside a script not counted."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.load.bench import redis_servers, servers
from tests.load.bench.churn import Churn, keep_up, verify_joins
from tests.load.bench.crowd import Crowd
from tests.load.bench.report import Row
from tests.services.redis import RedisServer

NAME = "redis_commands"
SOCKETS = 100
#: Joins a second, and as many leaves.
USUAL_RATE, TENFOLD_RATE = 10, 100
MIN_RATIO, MAX_GROWTH = 10, 1.5
#: One heartbeat, so that each round has what comes once per heartbeat.
ROUND_SECONDS = 5.0
#: Longer than people linger, so that as many cease to as begin to.
WARM_UP_SECONDS = 6.0


def run(rounds: int) -> list[Row]:
    """All at the same time: what is counted does not depend on how busy the core is."""
    with ExitStack() as stack:
        stores = [stack.enter_context(redis_servers.running()) for _ in range(4)]
        tutorial = stack.enter_context(servers.tutorial(stores[0].url))
        usual = stack.enter_context(servers.ours(stores[1].url))
        tenfold = stack.enter_context(servers.ours(stores[2].url))
        core = stack.enter_context(servers.tutorial(stores[3].url, layer="core"))
        churns = [
            Churn(Crowd(tutorial), USUAL_RATE),
            Churn(Crowd(usual), USUAL_RATE),
            Churn(Crowd(tenfold), TENFOLD_RATE),
            Churn(Crowd(core), USUAL_RATE),
        ]
        for churn in churns:
            churn.crowd.connect(SOCKETS)
        keep_up(churns, WARM_UP_SECONDS)
        joined_before = [churn.crowd.connected for churn in churns]
        counted = [_count(stores, churns) for _ in range(rounds)]
        for churn, before in zip(churns, joined_before, strict=True):
            verify_joins(churn.rate, rounds * ROUND_SECONDS, churn.crowd.connected - before)
        for churn in churns:
            churn.crowd.vanish()
    return _rows(*(list(figures) for figures in zip(*counted, strict=True)))


def _rows(
    tutorial: list[float], usual: list[float], tenfold: list[float], core: list[float]
) -> list[Row]:
    return [
        Row(
            NAME,
            f"Redis commands/s at {2 * USUAL_RATE} changes/s: tutorial on pub/sub / ours",
            "/s",
            usual,
            tutorial,
            MIN_RATIO,
            inverse=True,
        ),
        Row(
            NAME,
            f"Redis commands/s at {2 * USUAL_RATE} changes/s: tutorial on its own layer / ours",
            "/s",
            usual,
            core,
            inverse=True,
        ),
        Row(
            NAME,
            f"Redis commands/s, ours: at {2 * TENFOLD_RATE} changes/s / at {2 * USUAL_RATE}",
            "/s",
            tenfold,
            usual,
            MAX_GROWTH,
            at_least=False,
        ),
    ]


def _count(stores: Sequence[RedisServer], churns: Sequence[Churn]) -> list[float]:
    """Commands a second that each Redis was sent during one round."""
    with ExitStack() as stack:
        counts = [stack.enter_context(counted_commands(store)) for store in stores]
        seconds = keep_up(churns, ROUND_SECONDS)
    return [count.total() / seconds for count in counts]


@contextmanager
def counted_commands(store: RedisServer) -> Iterator[Counter[str]]:
    """By name, the commands that clients sent while this was open; filled at its end.

    ``INFO commandstats`` and ``total_commands_processed`` count what a script runs like
    what a client sends; MONITOR tells them apart.
    """
    counts: Counter[str] = Counter()
    end = secrets.token_hex(8)
    with store.client() as speaker, store.client() as listener:
        speaker.ping()
        with listener.monitor() as monitor:
            yield counts
            speaker.echo(end)
            counts.update(_names_until(end, monitor))


def _names_until(end: str, monitor: Any) -> Iterator[str]:
    for command in monitor.listen():
        if end in command["command"]:
            return
        if command["client_type"] != "lua":
            yield command["command"].partition(" ")[0].upper()
