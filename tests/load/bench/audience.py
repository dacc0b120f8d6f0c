"""A crowd in a process of its own, for when one process may not open sockets enough.

Two crowds of 10,000 are more than the usual limit of files, and servers that are to be
measured at the same moments must both have theirs. Runs on the harness's core.
"""

from __future__ import annotations

import multiprocessing
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

# Forked, so that it has the harness's settings, core and limits.
_forking = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Task:
    """``arrive`` more people at once, whom the server ``greets`` with a frame or not; the
    oldest ``leave``; churn at ``rate`` (0: sit there) for ``seconds``;
    ask for ``broadcasts``, each when the one before has reached everybody; what comes of them
    is read as it comes, or with ``reading=False`` when it has come to the last socket.
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
    """What came of it: ``arrival``, where anybody arrived; ``joined`` were let in meanwhile,
    and all that are ``open`` now got ``count_frames`` with a new count; how each of the
    ``broadcasts`` reached them; ``failure``: why it was not done.
    """

    arrival: Arrival | None = None
    seconds: float = 0.0
    joined: int = 0
    open: int = 0
    count_frames: int = 0
    broadcasts: tuple[Reach, ...] = ()
    failure: str = ""


class Audience:
    """The people in front of one server; :meth:`start` a task here and there, then :meth:`end`."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def start(self, task: Task) -> None:
        self._pipe.send(task)

    def end(self) -> Done:
        """Waits until the task is done. Raises RuntimeError when it could not be."""
        try:
            done: Done = self._pipe.recv()
        except EOFError:
            raise RuntimeError("The process of a crowd has ended.") from None
        if done.failure:
            raise RuntimeError(done.failure)
        return done

    def do(self, task: Task) -> Done:
        self.start(task)
        return self.end()


@contextmanager
def gathered(server: Server) -> Iterator[Audience]:
    """Nobody yet; they vanish at the end."""
    ours, theirs = _forking.Pipe()
    process = _forking.Process(target=_play, args=(server, theirs), daemon=True)
    process.start()
    # Or the end of that process would not be the end of the pipe.
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
