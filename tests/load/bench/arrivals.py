"""Measure how fast one server accepts a crowd that arrives at once.

The scenarios decide what to compare the figures with.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.load.bench.busy import Watch
from tests.load.bench.crowd import Crowd


@dataclass(frozen=True, slots=True)
class Arrival:
    """The duration of one arrival, and the load of both cores during it.

    ``greeted_seconds`` ends with the first frame of the last visitor, if the server sends one.
    """

    accepted_seconds: float
    greeted_seconds: float
    client_busy: float
    server_busy: float


def receive(crowd: Crowd, count: int, *, greets: bool = False) -> Arrival:
    """Connect ``count`` visitors. With ``greets``, also wait for a first frame to each."""
    there_before = crowd.open
    watch = Watch(crowd.server)
    accepted_seconds = greeted_seconds = crowd.connect(count)
    if greets:
        greeted_seconds += crowd.run_until(_Greeted(crowd, there_before))
    return Arrival(accepted_seconds, greeted_seconds, *watch.stop())


class _Greeted:
    """Whether all sockets from a position on have a frame. Checks each socket once."""

    def __init__(self, crowd: Crowd, position: int) -> None:
        self._crowd = crowd
        self._position = position

    def __call__(self) -> bool:
        while self._position < self._crowd.open and self._crowd.frames_of(self._position):
            self._position += 1
        return self._position == self._crowd.open
