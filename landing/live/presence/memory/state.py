"""The data of the in-process backend, as ``_state.lua`` describes it for Redis."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..aggregates import Aggregates
from ..contract import KeyType, Snapshot
from .counts import PersonCounts

#: The keys that one worker holds.
WorkerKeys = dict[KeyType, set[bytes]]


def _no_keys() -> WorkerKeys:
    return {kind: set() for kind in KeyType}


@dataclass(slots=True)
class WorkerState:
    """One worker with a lease."""

    lease_until_ms: int
    #: of the last applied report
    seq: int = 0
    connections: int = 0
    keys: WorkerKeys = field(default_factory=_no_keys)


@dataclass(slots=True)
class State:
    """Everything that the backend knows; an empty one is a backend that lost its data."""

    epoch: str = ""
    counts: PersonCounts = field(default_factory=PersonCounts)
    workers: dict[str, WorkerState] = field(default_factory=dict)
    #: per drained worker, until when its reports are rejected
    tombstones: dict[str, int] = field(default_factory=dict)
    #: keys of dead workers that wait for removal
    dead: list[WorkerKeys] = field(default_factory=list)
    #: per worker in a resync, until when the snapshot waits for it
    resyncing: dict[str, int] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    #: until when the snapshot holds without a report; 0 if an update may change it
    shown_until_ms: int = 0
    #: whether the snapshot waits for a resync, and does not show what changed
    is_behind: bool = False
    version: int = 0
    aggregates: Aggregates | None = None
    last_sync_ms: int = 0
    settling_until_ms: int = 0
    #: after a pause, no lease and no grace period ends before these times
    leases_held_until_ms: int = 0
    lingering_held_until_ms: int = 0
    #: whether a worker was granted the publish that announces this epoch
    announced: bool = False
    published_version: int = 0
    published_ms: int = 0
    #: time of the last grant to read the analytics table
    refreshed_ms: int = 0
    #: the worker with that grant, and until when no other worker gets it
    reader: str = ""
    reading_until_ms: int = 0

    def is_settling(self, now_ms: int) -> bool:
        return now_ms < self.settling_until_ms

    def is_resyncing(self, now_ms: int) -> bool:
        """Return whether the snapshot waits for the last chunk of a resync (rule 3)."""
        return any(until_ms > now_ms for until_ms in self.resyncing.values())

    def next_end_ms(self) -> int | None:
        """Return when the next lease or grace period ends, or None if there are none."""
        ends = [
            max(each.lease_until_ms, self.leases_held_until_ms) for each in self.workers.values()
        ]
        expiry_ms = self.counts.next_expiry_ms()
        if expiry_ms is not None:
            ends.append(max(expiry_ms, self.lingering_held_until_ms))
        return min(ends, default=None)
