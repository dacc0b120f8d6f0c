"""Epochs: data loss (rule 5), and pauses (rule 4). Same steps as ``_epoch.lua``."""

from __future__ import annotations

import secrets

from ..contract import Report, Timing
from ..data_loss import DataLoss
from .state import State


def first_epoch(now_ms: int) -> State:
    """Return the state of a process that has just started.

    It does not settle, because no other process can have reported to it.
    """
    return State(epoch=_new_epoch_id(), last_sync_ms=now_ms)


def next_epoch(state: State, version: int, timing: Timing, now_ms: int) -> State:
    """Return an empty, settling state; every live worker will report its keys again."""
    return State(
        epoch=_new_epoch_id(),
        version=version,
        last_sync_ms=now_ms,
        settling_until_ms=now_ms + timing.heartbeat_ms,
        tombstones=state.tombstones,
        published_version=version,
    )


def find_data_loss(state: State, report: Report, timing: Timing, now_ms: int) -> str | None:
    """Return the loss that the report shows, or None.

    The text is empty if the state is empty and this worker has lost nothing.
    """
    worker = state.workers.get(report.worker)
    went_back = report.epoch == state.epoch and (
        report.seen > state.version or (worker is not None and worker.seq < report.acked)
    )
    if went_back:
        return DataLoss.OLDER_STATE
    if not state.epoch:
        return DataLoss.EVERYTHING if report.acked else ""
    # Every lease and grace period would last longer by the time that the clock lost.
    return DataLoss.CLOCK_WENT_BACK if now_ms < state.last_sync_ms - timing.heartbeat_ms else None


def is_paused(state: State, timing: Timing, now_ms: int) -> bool:
    """Return whether no worker has reported for more than two heartbeats."""
    return now_ms - state.last_sync_ms > 2 * timing.heartbeat_ms


def hold_after_pause(state: State, timing: Timing, now_ms: int) -> None:
    """Keep leases and grace periods after a pause, until the workers had time to report.

    People in their grace period can have a connection to a worker that could not report it.
    """
    if is_paused(state, timing, now_ms):
        state.leases_held_until_ms = now_ms + timing.lease_ms
        state.lingering_held_until_ms = now_ms + timing.heartbeat_ms


def _new_epoch_id() -> str:
    return secrets.token_hex(4)
