"""A crowd in its own process.

Two crowds of 10,000 sockets exceed the usual limit of open files of one process, and servers that
are measured at the same time need a crowd each. The process runs on the core of the harness.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from tests.load.bench.arrivals import Arrival, receive
from tests.load.bench.churn import Churn, keep_up
from tests.load.bench.crowd import Crowd, Reach
from tests.load.bench.payload import count_text
from tests.load.bench.servers import Server
from tests.services import children

# A forked process inherits the settings, the core, and the limits of the harness.
_forking = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Task:
    """Steps that a crowd takes in this order.

    ``arrive`` visitors connect; with ``greets`` they wait for a first frame. The ``leave`` oldest
    ones close. Visitors then come and go at ``rate`` per second for ``seconds``. Then
    ``broadcasts`` are requested one after the other. With ``reading=False``, a broadcast is read
    only after it has reached the last socket.
    """

    arrive: int = 0
    greets: bool = False
    leave: int = 0
    rate: int = 0
    seconds: float = 0.0
    broadcasts: int = 0
    reading: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a task.

    ``joined`` sockets were accepted during the task and ``open`` are connected now. All of them
    received ``count_frames`` with a new count. ``failure`` is the reason if the task failed.
    """

    arrival: Arrival | None = None
    seconds: float = 0.0
    joined: int = 0
    open: int = 0
    count_frames: int = 0
    broadcasts: tuple[Reach, ...] = ()
    failure: str = ""


class Audience:
    """The crowd of one server. Call :meth:`start` on several, then :meth:`end` on each."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def start(self, task: Task) -> None:
        self._pipe.send(task)

    def end(self) -> Done:
        """Wait for the task and return its result. Raise RuntimeError if the task failed."""
        try:
            done: Done = self._pipe.recv()
        except EOFError:
            raise RuntimeError("The process of a crowd ended.") from None
        if done.failure:
            raise RuntimeError(done.failure)
        return done

    def do(self, task: Task) -> Done:
        self.start(task)
        return self.end()


@contextmanager
def gathered(server: Server) -> Iterator[Audience]:
    """Start the process of an empty crowd. Its sockets end with the context."""
    ours, theirs = _forking.Pipe()
    process = _forking.Process(target=_play, args=(server, theirs), daemon=True)
    process.start()
    assert process.pid is not None
    children.watch(process.pid, signal.SIGKILL)
    # While this end is open here, the end of that process does not close the pipe.
    theirs.close()
    try:
        yield Audience(ours)
    finally:
        process.kill()
        process.join()


def _play(server: Server, pipe: Any) -> None:
    crowd = Crowd(server)
    while True:
        task: Task = pipe.recv()
        try:
            done = _do(crowd, task)
        except (RuntimeError, TimeoutError, OSError) as error:
            done = Done(failure=str(error))
        pipe.send(done)


def _do(crowd: Crowd, task: Task) -> Done:
    joined, count_frames = crowd.connected, crowd.count_frames
    arrival = receive(crowd, task.arrive, greets=task.greets) if task.arrive else None
    crowd.close(task.leave)
    reach_all = crowd.reach_all_reading if task.reading else crowd.reach_all
    broadcasts = tuple(reach_all(count_text(crowd.server)) for _ in range(task.broadcasts))
    return Done(
        arrival,
        keep_up([Churn(crowd, task.rate)], task.seconds),
        crowd.connected - joined,
        crowd.open,
        crowd.count_frames - count_frames,
        broadcasts,
    )
