"""Visitors who come in waves to several servers in turn, and stay.

One measurement for two scenarios: how fast each server took them, and what memory each
of them costs it. Owns when what is read; what it is compared with is theirs.
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

#: Five rounds make a crowd of several thousand at each of three servers.
WAVE = 1_000
#: Come and go before anything is read, so that all code has run and all caches are filled.
WARM_UP = 200
#: For how long a server is seen at rest after its wave, and how long that is waited for:
#: what is still under way is not to be measured as the next server's.
REST_SECONDS, MAX_REST_SECONDS = 0.4, 3.0
#: At rest it takes less than this of a core.
REST_SHARE = 0.05
#: Daphne forgets connections that have ended once a second.
FORGETTING_SECONDS = 1.5


@dataclass
class Gathering:
    """What was measured at one server, a figure per wave."""

    server: Server
    audience: Audience
    #: whether it sends everybody a first frame
    greets: bool
    warm_bytes: int
    accepted_per_second: list[float] = field(default_factory=list)
    #: as before, but somebody has come only when the server's first frame has
    greeted_per_second: list[float] = field(default_factory=list)
    #: RSS beyond that of the warm server, over all the sockets it has by then
    kilobytes_per_socket: list[float] = field(default_factory=list)
    client_busy: list[float] = field(default_factory=list)
    server_busy: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gatherings:
    """The same waves at each server; ``tuned``: a noop with the process settings of ours;
    ``alone``: ours without a ``REDIS_URL``.
    """

    noop: Gathering
    tuned: Gathering
    alone: Gathering
    redis: Gathering


@cache
def gather(rounds: int) -> Gatherings:
    """As many waves as there are rounds, at each server in turn."""
    with ExitStack() as stack:
        redis = stack.enter_context(redis_servers.running())
        gatherings = Gatherings(
            _warm(stack, servers.noop()),
            _warm(stack, servers.tuned()),
            _warm(stack, servers.ours(), greets=True),
            _warm(stack, servers.ours(redis.url), greets=True),
        )
        everywhere = (gatherings.noop, gatherings.tuned, gatherings.alone, gatherings.redis)
        for gathering in interleaved(everywhere, rounds):
            _receive_wave(gathering)
            _rest(gathering.server, [each.audience for each in everywhere])
    return gatherings


def _warm(
    stack: ExitStack, running: AbstractContextManager[Server], *, greets: bool = False
) -> Gathering:
    server = stack.enter_context(running)
    # Each in a process of its own: together they have more sockets than one may open.
    audience = stack.enter_context(gathered(server))
    audience.do(Task(arrive=WARM_UP, seconds=REST_SECONDS))
    audience.do(Task(leave=WARM_UP, seconds=FORGETTING_SECONDS))
    return Gathering(server, audience, greets, server.rss_bytes())


def _receive_wave(gathering: Gathering) -> None:
    done = gathering.audience.do(Task(arrive=WAVE, greets=gathering.greets))
    arrival = done.arrival
    assert arrival is not None
    gathering.accepted_per_second.append(WAVE / arrival.accepted_seconds)
    gathering.greeted_per_second.append(WAVE / arrival.greeted_seconds)
    gathering.client_busy.append(arrival.client_busy)
    gathering.server_busy.append(arrival.server_busy)
    grown_bytes = gathering.server.rss_bytes() - gathering.warm_bytes
    gathering.kilobytes_per_socket.append(grown_bytes / done.open / 1000)


def _rest(server: Server, audiences: Sequence[Audience]) -> None:
    """Until the server has come to rest; everybody reads meanwhile."""
    deadline = time.monotonic() + MAX_REST_SECONDS
    at_rest = False
    while not at_rest and time.monotonic() < deadline:
        before = server.cpu_seconds()
        for audience in audiences:
            audience.start(Task(seconds=REST_SECONDS))
        for audience in audiences:
            audience.end()
        at_rest = server.cpu_seconds() - before < REST_SHARE * REST_SECONDS
