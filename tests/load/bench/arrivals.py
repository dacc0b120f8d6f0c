"""How fast one server takes a crowd that comes at once.

Owns what is read of one arrival; what it is compared with is the scenarios'.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.load.bench.busy import Watch
from tests.load.bench.crowd import Crowd


@dataclass(frozen=True, slots=True)
class Arrival:
    """Seconds until all were let in and, where the server greets, until all had a frame;
    the shares of their cores that client and server took meanwhile.
    """

    accepted_seconds: float
    greeted_seconds: float
    client_busy: float
    server_busy: float


def receive(crowd: Crowd, count: int, *, greets: bool = False) -> Arrival:
    """So many more come; with ``greets`` the server sends each of them a first frame."""
    there_before = crowd.open
    watch = Watch(crowd.server)
    accepted_seconds = greeted_seconds = crowd.connect(count)
    if greets:
        greeted_seconds += crowd.run_until(_Greeted(crowd, there_before))
    return Arrival(accepted_seconds, greeted_seconds, *watch.stop())


class _Greeted:
    """Whether everybody from a position on has got a frame; looks at each of them once."""

    def __init__(self, crowd: Crowd, position: int) -> None:
        self._crowd = crowd
        self._position = position

    def __call__(self) -> bool:
        while self._position < self._crowd.open and self._crowd.frames_of(self._position):
            self._position += 1
        return self._position == self._crowd.open
