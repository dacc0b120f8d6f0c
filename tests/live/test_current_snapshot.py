"""What the screens of a process show."""

from __future__ import annotations

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
def display(clock: Clock) -> CurrentSnapshot:
    return CurrentSnapshot(HEARTBEAT, clock)


def test_nothing_is_shown_until_something_is_known(display: CurrentSnapshot) -> None:
    assert display.sourced() is None
    assert not display.adopt(None)
    assert display.sourced() is None


def test_a_higher_version_is_taken_and_a_lower_one_is_not(display: CurrentSnapshot) -> None:
    assert display.adopt(snapshot(7))
    assert not display.adopt(snapshot(6, as_of_ms=99, people=9))
    assert display.snapshot == snapshot(7)


def test_an_equal_version_that_is_newer_confirms_and_is_nothing_new_to_tell(
    display: CurrentSnapshot, clock: Clock
) -> None:
    display.adopt(snapshot(7))
    clock.seconds += STALE_HEARTBEATS * HEARTBEAT
    assert not display.adopt(snapshot(7, as_of_ms=5_000))
    clock.seconds += HEARTBEAT
    shown = display.sourced()
    assert shown is not None and shown.source is Source.LIVE


def test_without_confirmation_it_goes_stale_and_says_since_when(
    display: CurrentSnapshot, clock: Clock
) -> None:
    display.adopt(snapshot(7, as_of_ms=1_000))
    clock.seconds = display.stale_at
    shown = display.sourced()
    assert shown is not None and shown.source is Source.LIVE
    clock.seconds += 0.001
    shown = display.sourced()
    assert shown is not None and shown.source is Source.STALE
    assert (shown.snapshot.version, shown.snapshot.as_of_ms) == (7, 1_001)


def test_a_settling_epoch_makes_it_stale_at_once_and_a_new_number_live_again(
    display: CurrentSnapshot,
) -> None:
    display.adopt(snapshot(7))
    assert display.adopt(None)
    shown = display.sourced()
    assert shown is not None and shown.source is Source.STALE
    assert not display.adopt(snapshot(7)), "an old message does not end it"
    assert display.adopt(snapshot(8))
    shown = display.sourced()
    assert shown is not None and shown.source is Source.LIVE
