"""Visitors who connect in waves to several servers in turn, and stay.

One measurement serves two scenarios: the speed of handshakes, and the memory per connection.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import cache

from tests.load.bench import redis_servers, servers
from tests.load.bench.audience import Audience, Task, gathered
from tests.load.bench.rounds import interleaved
from tests.load.bench.servers import Server

#: Visitors per wave. Five rounds give a crowd of several thousand at each of three servers.
WAVE = 1_000
#: Visitors before the first measurement, who fill caches and run all code once.
WARM_UP = 200
#: After its wave, a server must be idle for the first time within the second. Otherwise its work
#: would distort the measurement of the next server.
REST_SECONDS, MAX_REST_SECONDS = 0.4, 3.0
#: The highest load of an idle server.
REST_SHARE = 0.05
#: Daphne removes closed connections once per second.
FORGETTING_SECONDS = 1.5


@dataclass
class Gathering:
    """The figures of one server, one per wave."""

    server: Server
    audience: Audience
    #: whether the server sends a first frame to each connection
    greets: bool
    warm_bytes: int
    accepted_per_second: list[float] = field(default_factory=list)
    #: visitors per second until the first frame of the server
    greeted_per_second: list[float] = field(default_factory=list)
    #: growth of RSS since the warm-up, divided by the number of open sockets
    kilobytes_per_socket: list[float] = field(default_factory=list)
    client_busy: list[float] = field(default_factory=list)
    server_busy: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gatherings:
    """The same waves at each server.

    ``tuned`` is a noop consumer with the process settings of our site. ``alone`` is our site
    without a ``REDIS_URL``.
    """

    noop: Gathering
    tuned: Gathering
    alone: Gathering
    redis: Gathering


@cache
def gather(rounds: int) -> Gatherings:
    """Send one wave per round to each server in turn."""
    with ExitStack() as stack:
        redis = stack.enter_context(redis_servers.running())
        gatherings = Gatherings(
            warm(stack, servers.noop()),
            warm(stack, servers.tuned()),
            warm(stack, servers.ours(), greets=True),
            warm(stack, servers.ours(redis.url), greets=True),
        )
        everywhere = (gatherings.noop, gatherings.tuned, gatherings.alone, gatherings.redis)
        for gathering in interleaved(everywhere, rounds):
            receive_wave(gathering)
            rest(gathering.server, [each.audience for each in everywhere])
    return gatherings


def warm(
    stack: ExitStack, running: AbstractContextManager[Server], *, greets: bool = False
) -> Gathering:
    """Start a server, and let a first crowd come and go."""
    server = stack.enter_context(running)
    # Each crowd has its own process, because one may not open the sockets of all.
    audience = stack.enter_context(gathered(server))
    audience.do(Task(arrive=WARM_UP, seconds=REST_SECONDS))
    audience.do(Task(leave=WARM_UP, seconds=FORGETTING_SECONDS))
    return Gathering(server, audience, greets, server.rss_bytes())


def receive_wave(gathering: Gathering) -> None:
    """Connect one wave, and note the figures."""
    done = gathering.audience.do(Task(arrive=WAVE, greets=gathering.greets))
    arrival = done.arrival
    assert arrival is not None
    gathering.accepted_per_second.append(WAVE / arrival.accepted_seconds)
    gathering.greeted_per_second.append(WAVE / arrival.greeted_seconds)
    gathering.client_busy.append(arrival.client_busy)
    gathering.server_busy.append(arrival.server_busy)
    grown_bytes = gathering.server.rss_bytes() - gathering.warm_bytes
    gathering.kilobytes_per_socket.append(grown_bytes / done.open / 1000)


def rest(server: Server, audiences: Sequence[Audience]) -> None:
    """Wait until the server is idle, while all crowds read."""
    deadline = time.monotonic() + MAX_REST_SECONDS
    at_rest = False
    while not at_rest and time.monotonic() < deadline:
        before = server.cpu_seconds()
        for audience in audiences:
            audience.start(Task(seconds=REST_SECONDS))
        for audience in audiences:
            audience.end()
        at_rest = server.cpu_seconds() - before < REST_SHARE * REST_SECONDS
