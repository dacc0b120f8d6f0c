"""The snapshot and its version (rule 7). Same steps as ``_snapshot.lua``."""

from __future__ import annotations

from ..contract import Snapshot
from .state import State


def visible_snapshot(state: State, now_ms: int) -> Snapshot | None:
    """Return the snapshot, or None while the epoch settles and before the first one."""
    return None if state.is_settling(now_ms) else state.snapshot


def snapshot_holds(state: State, now_ms: int) -> bool:
    """Return whether an update would only change the time of the snapshot.

    No lease or grace period has ended since the last step.
    """
    shown = state.snapshot
    return shown is not None and shown.as_of_ms <= now_ms < state.shown_until_ms


def update_snapshot(state: State, max_people_per_network: int, now_ms: int) -> None:
    """Compute the snapshot again, unless the epoch settles or a resync is incomplete.

    The version rises with every change, and above every version that a worker has seen.
    """
    state.shown_until_ms = 0
    state.is_behind = state.is_resyncing(now_ms)
    if state.is_settling(now_ms) or state.is_behind:
        return
    crowd = state.counts.networks.crowd(max_people_per_network)
    counts = (
        state.counts.signed_in,
        state.counts.anonymous - crowd.uncounted,
        sum(worker.connections for worker in state.workers.values()),
    )
    figures = state.aggregates.figures if state.aggregates else None
    old = state.snapshot
    if (
        old is None
        or counts != (old.signed_in, old.anonymous, old.connections)
        or crowd.suspects != old.suspects
        or figures != old.figures
        or state.version > old.version
    ):
        state.version = max(state.version + 1, now_ms)
    state.snapshot = Snapshot(
        *counts,
        version=state.version,
        as_of_ms=now_ms,
        aggregates=state.aggregates,
        epoch=state.epoch,
        suspects=crowd.suspects,
    )
    if not state.dead:
        state.shown_until_ms = state.next_end_ms() or 0
