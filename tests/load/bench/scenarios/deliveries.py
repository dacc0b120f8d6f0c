"""Sustained deliveries per second, compared with the tutorial's consumer and Socket.IO."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.load.bench import nodejs, redis_servers, servers
from tests.load.bench.busy import Watch
from tests.load.bench.crowd import Crowd
from tests.load.bench.payload import FRAME_BYTES, count_text
from tests.load.bench.report import Row
from tests.load.bench.rounds import interleaved
from tests.load.bench.servers import Server

NAME = "deliveries"
SECONDS, WARM_UP_SECONDS = 1.0, 0.2
#: Rounds of comparisons without a bound. All scenarios together take about ten minutes.
UNBOUNDED_ROUNDS = 3


class Pace(NamedTuple):
    """The load of the client.

    ``window`` broadcasts are in flight, so that no server waits for the client. The client reads
    ``read_frames`` at a time, so that it has less work than any server.
    """

    window: int
    read_frames: int


#: A broadcast to fewer sockets ends sooner, so more of them are in flight.
SMALL_CROWD, SMALL_CROWDS, LARGE_CROWDS = 1_000, Pace(24, 8), Pace(6, 2)


@dataclass
class Contestant:
    """A crowd on one server, and its figures per round."""

    crowd: Crowd
    per_second: list[float] = field(default_factory=list)
    client_busy: list[float] = field(default_factory=list)
    server_busy: list[float] = field(default_factory=list)

    def measure(self) -> None:
        flow = Flow(self.crowd)
        flow.keep_up(WARM_UP_SECONDS)
        watch = Watch(self.crowd.server)
        self.per_second.append(flow.keep_up(SECONDS))
        client, server = watch.stop()
        self.client_busy.append(client)
        self.server_busy.append(server)
        flow.end()


class Flow:
    """A stream of broadcasts with several in flight."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._text = count_text(crowd.server)
        self._before = crowd.frames
        self._sent = 0
        pace = SMALL_CROWDS if crowd.open < SMALL_CROWD else LARGE_CROWDS
        self._window = pace.window
        crowd.wait_for(pace.read_frames * (FRAME_BYTES - 4))

    def keep_up(self, seconds: float) -> float:
        """Broadcast for ``seconds``. Return the deliveries per second."""
        began, had = time.perf_counter(), self._crowd.frames
        while time.perf_counter() - began < seconds:
            self._crowd.broadcast(self._text)
            self._sent += 1
            self._run_until_all_have(self._sent - self._window)
        return (self._crowd.frames - had) / (time.perf_counter() - began)

    def end(self) -> None:
        """Wait until every broadcast has arrived."""
        self._crowd.wait_for(1)
        self._run_until_all_have(self._sent)

    def _run_until_all_have(self, broadcasts: int) -> None:
        frames = self._before + broadcasts * self._crowd.open
        self._crowd.run_until(lambda: self._crowd.frames >= frames)


def run(rounds: int) -> list[Row]:
    return [
        *_beside_tutorial(rounds, 300),
        *_beside_plain_sends(min(rounds, UNBOUNDED_ROUNDS), 2_000),
        *_beside_socketio(rounds, 5_000),
    ]


def _beside_tutorial(rounds: int, sockets: int) -> list[Row]:
    with (
        redis_servers.running() as redis,
        servers.ours(redis.url) as site,
        servers.tutorial(redis.url, counting=False) as tutorial_on_redis,
        servers.tutorial(counting=False) as tutorial_in_memory,
    ):
        measured = [site, tutorial_on_redis, tutorial_in_memory]
        ours, on_redis, in_memory = _contest(rounds, sockets, measured)
    what = f"deliveries, {sockets} sockets, ours / tutorial"
    return [
        _row(f"{what} on Redis pub/sub", ours, on_redis, bound=30),
        _row(f"{what} in memory", ours, in_memory, bound=None),
    ]


def _beside_plain_sends(rounds: int, sockets: int) -> list[Row]:
    with servers.ours() as site, servers.plain() as plain:
        ours, by_sends = _contest(rounds, sockets, [site, plain])
    label = f"deliveries, {sockets:,} sockets, ours / plain ASGI sends in turn"
    return [_row(label, ours, by_sends, bound=None)]


def _beside_socketio(rounds: int, sockets: int) -> list[Row]:
    what = f"deliveries, {sockets:,} sockets, ours / Socket.IO"
    try:
        nodejs.ensure_socketio()
        with servers.ours() as ours, servers.socketio(coalesced=True) as socketio:
            mine, theirs = _contest(rounds, sockets, [ours, socketio])
    except nodejs.Unavailable as error:
        return [Row(NAME, what, "/s", bound=1.4, not_measured=str(error))]
    return [_row(what, mine, theirs, bound=1.4)]


def _contest(rounds: int, sockets: int, measured: Sequence[Server]) -> list[Contestant]:
    contestants = [Contestant(Crowd(server)) for server in measured]
    for contestant in contestants:
        contestant.crowd.connect(sockets)
        contestant.crowd.server.wait_until_idle()
        contestant.crowd.run(0.1)
    for contestant in interleaved(contestants, rounds):
        for other in contestants:
            other.crowd.run(0)  # frames that arrived during other measurements, such as pings
        contestant.measure()
    for contestant in contestants:
        contestant.crowd.vanish()
    return contestants


def _row(label: str, ours: Contestant, rival: Contestant, bound: float | None) -> Row:
    return Row(
        NAME,
        label,
        "/s",
        ours.per_second,
        rival.per_second,
        bound,
        client_busy=[*ours.client_busy, *rival.client_busy],
        ours_busy=ours.server_busy,
        rival_busy=rival.server_busy,
    )
