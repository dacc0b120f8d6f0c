"""The schedule of syncs."""

from __future__ import annotations

import pytest

from landing.live.presence.contract import Lease
from landing.live.sync.schedule import JITTER, SyncSchedule

HEARTBEAT_SECONDS, INTERVAL_SECONDS = 5.0, 0.25


def due_after(lease: Lease, *, longest: bool = False) -> float:
    """Return in how many seconds a worker with changes syncs after an answer."""
    schedule = SyncSchedule(
        HEARTBEAT_SECONDS,
        INTERVAL_SECONDS,
        clock=lambda: 0.0,
        uniform=lambda low, high: high if longest else low,
    )
    schedule.record_answer(lease, is_behind=False)
    return schedule.due_at(has_changes=True)


def test_a_few_workers_report_changes_once_per_interval() -> None:
    assert due_after(Lease(workers=60)) == INTERVAL_SECONDS


def test_many_workers_together_report_at_a_bounded_rate() -> None:
    assert due_after(Lease(workers=200)) == 200 / 250
    assert due_after(Lease(workers=1000)) == 1000 / 250


def test_the_jitter_grows_with_the_interval() -> None:
    assert due_after(Lease(workers=200), longest=True) == pytest.approx(0.8 * (1 + JITTER))


def test_a_report_of_changes_waits_for_a_heartbeat_at_most() -> None:
    assert due_after(Lease(workers=10_000), longest=True) == HEARTBEAT_SECONDS


def test_a_due_step_of_the_backend_waits_for_the_interval_of_many_workers() -> None:
    assert due_after(Lease(workers=200, due_in_ms=1)) == 200 / 250


@pytest.mark.parametrize("lease", [Lease(more=True), Lease(resync=True)])
def test_unfinished_work_waits_for_nothing(lease: Lease) -> None:
    assert due_after(lease) == 0.0
