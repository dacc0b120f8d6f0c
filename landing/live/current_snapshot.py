"""The newest snapshot that this worker knows, and whether it is live or stale.

Pure state over a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from .presence.contract import Snapshot

#: Counts become stale after this many heartbeats without an answer: 7.5 s by default.
STALE_HEARTBEATS = 1.5


class Source(StrEnum):
    """Where a number comes from."""

    LIVE = "live"  #: read now
    STALE = "stale"  #: the last real value, as old as ``as_of``
    UNKNOWN = "unknown"  #: no real value was ever read, so there is none to show
    SIMULATED = "simulated"  #: demo data, only if the operator turned it on


class SourcedSnapshot(NamedTuple):
    """A snapshot with its source, as every screen shows it."""

    snapshot: Snapshot
    source: Source

    @property
    def active(self) -> int | None:
        """Active visitors, never fewer than the people online; None while unknown."""
        aggregates = self.snapshot.aggregates
        return aggregates.active_including(self.snapshot.people) if aggregates else None


def as_stale(snapshot: Snapshot) -> SourcedSnapshot:
    """Return a snapshot that was live before as the last real value."""
    # A client accepts an equal version only with a newer timestamp.
    return SourcedSnapshot(replace(snapshot, as_of_ms=snapshot.as_of_ms + 1), Source.STALE)


class VisibleCounts(NamedTuple):
    """The part of a snapshot that connections receive: equal values need no new frame."""

    signed_in: int
    anonymous: int
    connections: int
    suspect: float
    active: int | None
    source: Source


class CurrentSnapshot:
    """Adopts newer snapshots and those of another epoch, and rejects older ones.

    The sync loop passes on only snapshots of the backend's epoch. ``clock`` is monotonic, in
    seconds.
    """

    def __init__(self, heartbeat_seconds: float, clock: Callable[[], float]) -> None:
        self._stale_after_seconds = STALE_HEARTBEATS * heartbeat_seconds
        self._clock = clock
        self._confirmed_at = clock()
        self._is_settling = False
        #: None before the first real counts
        self.snapshot: Snapshot | None = None

    def adopt(self, snapshot: Snapshot | None) -> bool:
        """Adopt a snapshot unless it is older; None means that the epoch settles.

        Return whether the visible counts changed.
        """
        before = self.visible_counts()
        if snapshot is None:
            self._is_settling = True
        elif self.snapshot is None or _is_newer(snapshot, self.snapshot):
            self.snapshot = snapshot
            self._is_settling = False
            self._confirmed_at = self._clock()
        return self.visible_counts() != before

    def sourced(self) -> SourcedSnapshot | None:
        """Return the snapshot with its source; None before the first real counts."""
        if self.snapshot is None:
            return None
        if self._is_settling or self._clock() > self.stale_at:
            return as_stale(self.snapshot)
        return SourcedSnapshot(self.snapshot, Source.LIVE)

    def visible_counts(self) -> VisibleCounts | None:
        """Return the counts that connections receive; the other aggregates are not among them."""
        current = self.sourced()
        if current is None:
            return None
        counts = current.snapshot
        return VisibleCounts(
            counts.signed_in,
            counts.anonymous,
            counts.connections,
            counts.suspect,
            current.active,
            current.source,
        )

    @property
    def stale_at(self) -> float:
        """When the counts become stale unless an answer confirms them."""
        return self._confirmed_at + self._stale_after_seconds


def _is_newer(new: Snapshot, old: Snapshot) -> bool:
    """Versions count within one epoch: after a loss of data, the clock can be behind."""
    if new.epoch != old.epoch:
        return True
    return (new.version, new.as_of_ms) > (old.version, old.as_of_ms)
