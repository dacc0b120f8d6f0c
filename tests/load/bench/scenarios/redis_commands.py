"""Redis commands per second during churn, without commands inside scripts."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.load.bench import redis_servers, servers
from tests.load.bench.churn import Churn, keep_up, verify_joins
from tests.load.bench.crowd import Crowd
from tests.load.bench.report import Row
from tests.load.bench.servers import Server
from tests.services.redis import RedisServer

NAME = "redis_commands"
#: Sockets of a deployment. The rates are joins per second, and leaves per second.
SOCKETS = 100
USUAL_RATE, TENFOLD_RATE = 10, 100
MIN_RATIO, MAX_GROWTH = 10, 1.5
#: One heartbeat, so that each round has the commands of one.
ROUND_SECONDS = 5.0
#: Longer than the grace period, so that departures balance arrivals.
WARM_UP_SECONDS = 6.0
#: Rounds with two processes, which have no bound. All scenarios take about ten minutes.
PAIR_ROUNDS = 1

#: Starts a process that uses the Redis of this URL.
Serve = Callable[[str], AbstractContextManager[Server]]


@dataclass
class Deployment:
    """Processes with one Redis and a share of the people each, and the figures per round."""

    store: RedisServer
    churns: list[Churn]
    commands_per_second: list[float] = field(default_factory=list)


def run(rounds: int) -> list[Row]:
    """Measure deployments at the same time, as long as they do not overload the core.

    The count of commands does not depend on the load below that. Three deployments of the tutorial
    would overload the core.
    """
    pubsub, core = servers.tutorial, partial(servers.tutorial, layer="core")
    with ExitStack() as stack:
        deploy = partial(_deployment, stack)
        tutorial, usual = deploy(pubsub), deploy(servers.ours)
        tenfold, on_core = deploy(servers.ours, rate=TENFOLD_RATE), deploy(core)
        _measure([tutorial, usual, tenfold, on_core], rounds)
    with ExitStack() as stack:
        tutorial_pair = _deployment(stack, pubsub, processes=2)
        pair = _deployment(stack, servers.ours, processes=2)
        _measure([tutorial_pair, pair], PAIR_ROUNDS)
    what = f"Redis commands/s at {2 * USUAL_RATE} changes/s"
    return [
        _beside(usual, tutorial, f"{what}, one process: tutorial on pub/sub / ours", MIN_RATIO),
        _beside(usual, on_core, f"{what}, one process: tutorial on its own layer / ours"),
        _beside(pair, tutorial_pair, f"{what}, two processes: tutorial on pub/sub / ours"),
        Row(
            NAME,
            f"Redis commands/s, our process: at {2 * TENFOLD_RATE} changes/s / at {2 * USUAL_RATE}",
            "/s",
            tenfold.commands_per_second,
            usual.commands_per_second,
            MAX_GROWTH,
            at_least=False,
        ),
    ]


def _beside(ours: Deployment, rival: Deployment, label: str, bound: float | None = None) -> Row:
    mine, theirs = ours.commands_per_second, rival.commands_per_second
    return Row(NAME, label, "/s", mine, theirs, bound, inverse=True)


def _deployment(
    stack: ExitStack, serve: Serve, *, processes: int = 1, rate: int = USUAL_RATE
) -> Deployment:
    """Start an empty deployment. ``rate`` is the total of its processes."""
    store = stack.enter_context(redis_servers.running())
    running = [stack.enter_context(serve(store.url)) for _ in range(processes)]
    return Deployment(store, [Churn(Crowd(server), rate // processes) for server in running])


def _measure(deployments: Sequence[Deployment], rounds: int) -> None:
    churns = [churn for deployment in deployments for churn in deployment.churns]
    for deployment in deployments:
        for churn in deployment.churns:
            churn.crowd.connect(SOCKETS // len(deployment.churns))
    keep_up(churns, WARM_UP_SECONDS)
    joined_before = [churn.crowd.connected for churn in churns]
    for _ in range(rounds):
        _count(deployments, churns)
    for churn, before in zip(churns, joined_before, strict=True):
        verify_joins(churn.rate, rounds * ROUND_SECONDS, churn.crowd.connected - before)
    for churn in churns:
        churn.crowd.vanish()


def _count(deployments: Sequence[Deployment], churns: Sequence[Churn]) -> None:
    """Record the commands per second of each Redis during one round."""
    with ExitStack() as stack:
        counts = [stack.enter_context(counted_commands(each.store)) for each in deployments]
        seconds = keep_up(churns, ROUND_SECONDS)
    for deployment, count in zip(deployments, counts, strict=True):
        deployment.commands_per_second.append(count.total() / seconds)


@contextmanager
def counted_commands(store: RedisServer) -> Iterator[Counter[str]]:
    """Count the commands of clients by name. The counter is filled when the context ends.

    ``INFO commandstats`` and ``total_commands_processed`` include commands inside scripts. Only
    MONITOR distinguishes them.
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
