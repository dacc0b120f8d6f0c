"""Time until one broadcast from an idle server has reached the last of 10,000 sockets."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from tests.load.bench import nodejs, servers
from tests.load.bench.crowd import Crowd
from tests.load.bench.payload import count_text
from tests.load.bench.report import Row
from tests.load.bench.rounds import interleaved
from tests.load.bench.servers import Server

NAME = "one_broadcast"
SOCKETS = 10_000
#: Of each round the median counts.
BROADCASTS = 5
REST_SECONDS = 0.3
GATHERING_SECONDS = 120
MIN_RATIO = 1.5

# A process per crowd: together they have more sockets than one may usually open. Forked,
# so that it has the harness's settings, core and limits.
_forking = multiprocessing.get_context("fork")


@dataclass
class Contestant:
    """The other end of the pipe to a crowd, and what each round showed, in ms."""

    pipe: Connection
    milliseconds: list[float] = field(default_factory=list)
    client_busy: list[float] = field(default_factory=list)

    def measure(self) -> None:
        self.pipe.send(BROADCASTS)
        seconds, client_busy = _answer(self.pipe)
        self.milliseconds.append(1000 * statistics.median(seconds))
        self.client_busy.append(statistics.median(client_busy))


def run(rounds: int) -> list[Row]:
    label = f"last socket of one broadcast, {SOCKETS:,} sockets, Socket.IO / ours"
    try:
        with (
            servers.ours() as ours,
            servers.socketio(coalesced=True) as socketio,
            _crowd(ours) as mine,
            _crowd(socketio) as theirs,
        ):
            for contestant in interleaved([mine, theirs], rounds):
                contestant.measure()
    except nodejs.NotThere as error:
        return [Row(NAME, label, "ms", bound=MIN_RATIO, not_measured=str(error))]
    return [
        Row(
            NAME,
            label,
            "ms",
            mine.milliseconds,
            theirs.milliseconds,
            MIN_RATIO,
            inverse=True,
            client_busy=[*mine.client_busy, *theirs.client_busy],
        )
    ]


@contextmanager
def _crowd(server: Server) -> Iterator[Contestant]:
    pipe, far_end = _forking.Pipe()
    process = _forking.Process(target=_play, args=(server, far_end), daemon=True)
    process.start()
    try:
        _answer(pipe)
        server.wait_until_idle()
        yield Contestant(pipe)
    finally:
        process.kill()
        process.join()


def _answer(pipe: Connection) -> Any:
    if not pipe.poll(GATHERING_SECONDS):
        raise TimeoutError("the crowd does not answer")
    answer = pipe.recv()
    if isinstance(answer, Exception):
        raise answer
    return answer


def _play(server: Server, pipe: Connection) -> None:
    """What the process of a crowd does."""
    try:
        crowd = Crowd(server)
        crowd.connect(SOCKETS)
        _broadcasts(crowd, 1)
        pipe.send(None)
        while True:
            while not pipe.poll():
                crowd.run(0.05)
            pipe.send(_broadcasts(crowd, pipe.recv()))
    except (RuntimeError, TimeoutError, OSError) as error:
        pipe.send(error)


def _broadcasts(crowd: Crowd, count: int) -> tuple[list[float], list[float]]:
    """For each the seconds until all have it, and the client's share of its core meanwhile."""
    seconds, busy = [], []
    for _ in range(count):
        crowd.run(REST_SECONDS)
        before = crowd.frames
        used, began = time.process_time(), time.perf_counter()
        crowd.broadcast(count_text(crowd.server))
        _run_until(crowd, before + crowd.open)
        seconds.append(time.perf_counter() - began)
        busy.append((time.process_time() - used) / seconds[-1])
    return seconds, busy


def _run_until(crowd: Crowd, frames: int) -> None:
    crowd.run_until(lambda: crowd.frames >= frames)
