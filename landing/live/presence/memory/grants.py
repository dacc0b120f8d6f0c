"""Grants, and the time of the next sync (rule 8). Same steps as the end of ``sync.lua``."""

from __future__ import annotations

from ..contract import Timing
from .snapshots import visible_snapshot
from .state import State


def grant_publish(state: State, timing: Timing, now_ms: int) -> bool:
    """Grant one publish per interval; the last value is always granted.

    The first grant of a settling epoch makes the other workers report (rule 5). A worker
    that is alone has nobody to publish to: the next worker gets the snapshot with its
    first report.
    """
    if state.is_settling(now_ms) and not state.announced:
        state.announced = True
        return True
    if len(state.workers) < 2:
        snapshot = visible_snapshot(state, now_ms)
        state.published_version = snapshot.version if snapshot else state.published_version
        return False
    if not _is_unpublished(state, now_ms) or now_ms < state.published_ms + timing.interval_ms:
        return False
    state.published_version, state.published_ms = state.version, now_ms
    return True


def grant_read(state: State, worker: str, timing: Timing, now_ms: int) -> bool:
    """Grant the read of the analytics table to one worker at a time.

    The grant ends when the worker reports the aggregates, or after one lease.
    """
    if now_ms < max(state.refreshed_ms + timing.refresh_ms, state.reading_until_ms):
        return False
    state.refreshed_ms, state.reader = now_ms, worker
    state.reading_until_ms = now_ms + timing.lease_ms
    return True


def ms_until_due(state: State, timing: Timing, now_ms: int) -> int | None:
    """Return the ms until a lease, grace period, or wait ends, or a publish is due."""
    end_ms = state.next_end_ms()
    times = [end_ms] if end_ms is not None else []
    waits = (state.settling_until_ms, *state.resyncing.values())
    times += [until_ms for until_ms in waits if until_ms > now_ms]
    if _is_unpublished(state, now_ms):
        times.append(state.published_ms + timing.interval_ms)
    return max(1, min(times) - now_ms) if times else None


def _is_unpublished(state: State, now_ms: int) -> bool:
    snapshot = visible_snapshot(state, now_ms)
    return snapshot is not None and snapshot.version > state.published_version
