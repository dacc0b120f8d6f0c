"""Join storms: the time until all sockets have the final count, and the frames until then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial

from tests.load.bench import nodejs, servers
from tests.load.bench.busy import Watch
from tests.load.bench.crowd import Crowd
from tests.load.bench.report import Row
from tests.load.bench.rounds import interleaved
from tests.load.bench.servers import Server

NAME = "join_storm"
#: Handshakes in flight.
IN_FLIGHT = 200
WARM_UP = 200
#: People of one storm must not count in the next one. So the grace period is short, and a storm
#: starts after its end, on an idle server.
LINGER_SECONDS, PAUSE_SECONDS = 1, 1.5
#: Wait after the final count for further frames.
AFTERMATH_SECONDS = 1.0
MOST_SECONDS = 150

#: Provides an idle server without visitors for one storm.
Stage = Callable[[], AbstractContextManager[Server]]
#: Creates a stage for storms of this many sockets.
Staging = Callable[[ExitStack, int], Stage]


@dataclass
class Contestant:
    """The figures of the storms on one variant."""

    stage: Stage
    sockets: int
    seconds: list[float] = field(default_factory=list)
    count_frames: list[float] = field(default_factory=list)
    client_busy: list[float] = field(default_factory=list)
    server_busy: list[float] = field(default_factory=list)

    def measure(self, aftermath_seconds: float = 0) -> None:
        with self.stage() as server:
            crowd = Crowd(server)
            crowd.watch_for(self.sockets)
            watch = Watch(server)
            seconds = crowd.connect(self.sockets, IN_FLIGHT)
            seconds += crowd.run_until(lambda: crowd.showing == self.sockets, MOST_SECONDS)
            client, server_share = watch.stop()
            crowd.run(aftermath_seconds)
            if crowd.lost:
                raise RuntimeError(f"{server.name} lost {len(crowd.lost)} sockets in a storm")
            crowd.vanish()
        self.seconds.append(seconds)
        self.count_frames.append(crowd.count_frames)
        self.client_busy.append(client)
        self.server_busy.append(server_share)


def run(rounds: int) -> list[Row]:
    return [
        _beside_socketio(rounds, 2_000, "seed-shaped Socket.IO", _seed_shaped, bound=20),
        _beside_socketio(rounds, 5_000, "coalesced Socket.IO", _coalesced, bound=1.3),
        _frames(rounds, 1_000),
    ]


def _beside_socketio(rounds: int, sockets: int, rival: str, stage: Staging, bound: float) -> Row:
    label = f"join storm of {sockets:,}, {rival} / ours"
    try:
        nodejs.ensure_socketio()
        with ExitStack() as stack:
            mine, theirs = (Contestant(make(stack, sockets), sockets) for make in (_ours, stage))
            for contestant in interleaved([mine, theirs], rounds):
                contestant.measure()
    except nodejs.Unavailable as error:
        return Row(NAME, label, "s", bound=bound, not_measured=str(error))
    return Row(
        NAME,
        label,
        "s",
        mine.seconds,
        theirs.seconds,
        bound,
        inverse=True,
        client_busy=[*mine.client_busy, *theirs.client_busy],
        ours_busy=mine.server_busy,
        rival_busy=theirs.server_busy,
    )


def _frames(rounds: int, sockets: int) -> Row:
    """Compare our frames with one frame to all at each join, which needs no measurement."""
    with ExitStack() as stack:
        ours = Contestant(_ours(stack, sockets), sockets)
        for _ in range(rounds):
            ours.measure(AFTERMATH_SECONDS)
    return Row(
        NAME,
        f"count frames in a join storm of {sockets:,}, N²/2 / ours",
        "frames",
        ours.count_frames,
        [sockets**2 / 2] * rounds,
        bound=125,
        inverse=True,
        client_busy=ours.client_busy,
        ours_busy=ours.server_busy,
    )


# -- stages ------------------------------------------------------------------------------


def _ours(stack: ExitStack, sockets: int) -> Stage:
    given = {"LANDING_LINGER_SECONDS": str(LINGER_SECONDS)}
    return _rehearsed(stack.enter_context(servers.ours(**given)), sockets, PAUSE_SECONDS)


def _coalesced(stack: ExitStack, sockets: int) -> Stage:
    return _rehearsed(stack.enter_context(servers.socketio(coalesced=True)), sockets)


def _seed_shaped(_: ExitStack, __: int) -> Stage:
    return _fresh


def _rehearsed(server: Server, sockets: int, pause_seconds: float = 0) -> Stage:
    """Return the stage after one storm that is not measured."""
    stage = partial(_idle, server, pause_seconds)
    Contestant(stage, sockets).measure()
    return stage


@contextmanager
def _idle(server: Server, pause_seconds: float) -> Iterator[Server]:
    yield server
    server.wait_until_idle()
    time.sleep(pause_seconds)


@contextmanager
def _fresh() -> Iterator[Server]:
    """Start a server per storm.

    The departures of a storm would keep an old one busy as long as the storm did.
    """
    with servers.socketio(coalesced=False) as server:
        crowd = Crowd(server)
        crowd.connect(WARM_UP)
        crowd.vanish()
        server.wait_until_idle()
        yield server
