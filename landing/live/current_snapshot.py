"""What every screen of this process shows: the newest snapshot, and whether it is stale.

Pure state with a clock; knows neither where snapshots come from nor who looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .frames import Source, SourcedSnapshot
from .presence.contract import Snapshot

#: The numbers are stale after this many heartbeats without an answer: 7.5 s by default.
STALE_HEARTBEATS = 1.5


Mark = tuple[int, int, int, int | None, Source]


class CurrentSnapshot:
    """``clock`` is monotonic, in seconds."""

    def __init__(self, heartbeat_seconds: float, clock: Callable[[], float]) -> None:
        self._stale_after = STALE_HEARTBEATS * heartbeat_seconds
        self._clock = clock
        self._confirmed_at = clock()
        self._settling = False
        self.snapshot: Snapshot | None = None

    def adopt(self, snapshot: Snapshot | None) -> bool:
        """Take what a backend answered or a worker published; None: it is settling.

        An older one changes nothing. True when something else is shown now.
        """
        was = self.mark()
        if snapshot is None:
            self._settling = True
        elif self.snapshot is None or _age(snapshot) > _age(self.snapshot):
            self.snapshot = snapshot
            self._settling = False
            self._confirmed_at = self._clock()
        return self.mark() != was

    def shown(self) -> SourcedSnapshot | None:
        """The numbers and their source; None while no real number was ever known."""
        if self.snapshot is None:
            return None
        if self._settling or self._clock() > self.stale_at:
            # One ms later than the live frame of the same version, so that a client
            # which takes an equal version only with a newer timestamp takes it.
            snapshot = replace(self.snapshot, as_of_ms=self.snapshot.as_of_ms + 1)
            return SourcedSnapshot(snapshot, Source.STALE)
        return SourcedSnapshot(self.snapshot, Source.LIVE)

    def mark(self) -> Mark | None:
        """Equal as long as there is nothing new to tell a socket.

        What else the analytics table says is not told to sockets.
        """
        shown = self.shown()
        if shown is None:
            return None
        now = shown.snapshot
        return now.signed_in, now.anonymous, now.connections, shown.active, shown.source

    @property
    def stale_at(self) -> float:
        """When the numbers go stale if nobody confirms them."""
        return self._confirmed_at + self._stale_after


def _age(snapshot: Snapshot) -> tuple[int, int]:
    return snapshot.version, snapshot.as_of_ms
