"""Visitors who come in waves to several servers in turn, and stay.

One measurement for two scenarios: how fast each server took them, and what memory each
of them costs it. Owns when what is read; what it is compared with is theirs.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache

from tests.load.bench import redis_servers, servers
from tests.load.bench.busy import Watch
from tests.load.bench.crowd import Crowd
from tests.load.bench.rounds import interleaved
from tests.load.bench.servers import Server

#: Five rounds make a crowd of several thousand at each of three servers.
WAVE = 1_000
#: Come and go before anything is read, so that all code has run and all caches are filled.
WARM_UP = 200
#: Between two waves: what is still under way is not to be measured as the next server's.
REST_SECONDS = 0.4
#: Daphne forgets connections that have ended once a second.
FORGETTING_SECONDS = 1.5


@dataclass
class Gathering:
    """What was measured at one server, a figure per wave."""

    crowd: Crowd
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
            _warm(stack.enter_context(servers.noop())),
            _warm(stack.enter_context(servers.tuned())),
            _warm(stack.enter_context(servers.ours())),
            _warm(stack.enter_context(servers.ours(redis.url))),
        )
        everywhere = (gatherings.noop, gatherings.tuned, gatherings.alone, gatherings.redis)
        for gathering in interleaved(everywhere, rounds):
            _receive_wave(gathering, greets=gathering in (gatherings.alone, gatherings.redis))
            for each in everywhere:
                each.crowd.run(REST_SECONDS / len(everywhere))
        for gathering in everywhere:
            gathering.crowd.vanish()
    return gatherings


def _warm(server: Server) -> Gathering:
    crowd = Crowd(server)
    crowd.connect(WARM_UP)
    crowd.run(REST_SECONDS)
    crowd.close(WARM_UP)
    crowd.run(FORGETTING_SECONDS)
    return Gathering(crowd, server.rss_bytes())


def _receive_wave(gathering: Gathering, *, greets: bool) -> None:
    crowd = gathering.crowd
    there_before = crowd.open
    watch = Watch(crowd.server)
    accepted_seconds = crowd.connect(WAVE)
    greeted_seconds = accepted_seconds
    if greets:
        greeted_seconds += crowd.run_until(_Greeted(crowd, there_before))
    client_busy, server_busy = watch.stop()
    gathering.accepted_per_second.append(WAVE / accepted_seconds)
    gathering.greeted_per_second.append(WAVE / greeted_seconds)
    gathering.client_busy.append(client_busy)
    gathering.server_busy.append(server_busy)
    grown_bytes = crowd.server.rss_bytes() - gathering.warm_bytes
    gathering.kilobytes_per_socket.append(grown_bytes / crowd.open / 1000)


class _Greeted:
    """Whether everybody from a position on has got a frame; looks at each of them once."""

    def __init__(self, crowd: Crowd, position: int) -> None:
        self._crowd = crowd
        self._position = position

    def __call__(self) -> bool:
        while self._position < self._crowd.open and self._crowd.frames_of(self._position):
            self._position += 1
        return self._position == self._crowd.open
