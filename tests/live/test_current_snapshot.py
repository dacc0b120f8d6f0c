"""The snapshot that a process shows, and when it becomes stale."""

from __future__ import annotations

from dataclasses import replace

import pytest

from landing.live.current_snapshot import STALE_HEARTBEATS, CurrentSnapshot, Source
from landing.live.presence.contract import Snapshot
from tests.live.worker_harness import Clock

HEARTBEAT = 5.0


def snapshot(version: int, as_of_ms: int = 0, people: int = 1) -> Snapshot:
    return Snapshot(0, people, people, version=version, as_of_ms=as_of_ms)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def current(clock: Clock) -> CurrentSnapshot:
    return CurrentSnapshot(HEARTBEAT, clock)


def test_without_a_snapshot_nothing_is_shown(current: CurrentSnapshot) -> None:
    assert current.sourced() is None
    assert not current.adopt(None)
    assert current.sourced() is None


def test_a_higher_version_is_adopted_and_a_lower_one_is_ignored(current: CurrentSnapshot) -> None:
    assert current.adopt(snapshot(7))
    assert not current.adopt(snapshot(6, as_of_ms=99, people=9))
    assert current.snapshot == snapshot(7)


def test_another_epoch_is_adopted_whatever_its_version_and_time(current: CurrentSnapshot) -> None:
    current.adopt(replace(snapshot(7, as_of_ms=9_000), epoch="before"))
    assert current.adopt(replace(snapshot(3, as_of_ms=1_000, people=2), epoch="after"))
    assert not current.adopt(replace(snapshot(2, as_of_ms=2_000, people=9), epoch="after"))
    assert current.snapshot == snapshot(3, as_of_ms=1_000, people=2)


def test_the_same_version_with_a_later_time_keeps_the_snapshot_live_without_a_change(
    current: CurrentSnapshot, clock: Clock
) -> None:
    current.adopt(snapshot(7))
    clock.seconds += STALE_HEARTBEATS * HEARTBEAT
    assert not current.adopt(snapshot(7, as_of_ms=5_000))
    clock.seconds += HEARTBEAT
    sourced = current.sourced()
    assert sourced is not None and sourced.source is Source.LIVE


def test_an_unconfirmed_snapshot_becomes_stale_with_a_later_timestamp(
    current: CurrentSnapshot, clock: Clock
) -> None:
    current.adopt(snapshot(7, as_of_ms=1_000))
    clock.seconds = current.stale_at
    sourced = current.sourced()
    assert sourced is not None and sourced.source is Source.LIVE
    clock.seconds += 0.001
    sourced = current.sourced()
    assert sourced is not None and sourced.source is Source.STALE
    assert (sourced.snapshot.version, sourced.snapshot.as_of_ms) == (7, 1_001)


def test_a_settling_epoch_makes_the_snapshot_stale_and_a_new_version_live_again(
    current: CurrentSnapshot,
) -> None:
    current.adopt(snapshot(7))
    assert current.adopt(None)
    sourced = current.sourced()
    assert sourced is not None and sourced.source is Source.STALE
    assert not current.adopt(snapshot(7)), "an old version does not end the settling"
    assert current.adopt(snapshot(8))
    sourced = current.sourced()
    assert sourced is not None and sourced.source is Source.LIVE
