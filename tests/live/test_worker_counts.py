"""Count frames that a worker sends to its connections."""

from __future__ import annotations

import pytest

from landing.live.frames import Topic
from tests.live.presence.simulation import TIMING
from tests.live.worker_harness import FakeConnection, WorkerHarness

HEARTBEAT = TIMING.heartbeat_ms / 1000
INTERVAL = TIMING.interval_ms / 1000


async def test_before_the_first_sync_no_counts_are_shown_or_sent(harness: WorkerHarness) -> None:
    harness.presence.is_unavailable = True
    connection = await harness.connect("ana")
    assert harness.worker.snapshot() is None
    assert [frame["type"] for frame in connection.frames] == ["activity-history", "retry"]


async def test_a_new_person_appears_in_a_broadcast_within_two_intervals(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    ana = await harness.connect("ana")
    await harness.advance(INTERVAL * 2)
    await harness.connect("ben")
    await harness.advance(INTERVAL * 2)
    assert ana.count_frames()[-1]["people"] == 2
    assert ana.count_frames()[-1]["source"] == "live"


async def test_a_join_storm_is_coalesced_and_ends_with_the_final_count(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    first = await harness.connect("v")
    for number in range(200):
        await harness.connect(f"v{number}")
        await harness.advance(0.01, step=0.01)
    await harness.advance(1)
    storm_seconds = 200 * 0.01
    assert len(first.count_frames()) <= 2 + (storm_seconds + INTERVAL) / INTERVAL
    assert first.count_frames()[-1]["people"] == 201


async def test_an_unchanged_count_is_not_sent_again(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    before = len(connection.frames)
    await harness.advance(60, step=0.25)
    assert len(connection.frames) == before


async def test_a_departed_person_stops_counting_when_the_grace_period_ends(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    ana, ben = await harness.connect("ana"), await harness.connect("ben")
    await harness.advance(1)
    harness.worker.disconnect(ben)
    await harness.advance(0.5)
    assert (ana.count_frames()[-1]["people"], ana.count_frames()[-1]["count"]) == (2, 1)
    await harness.advance(TIMING.linger_ms / 1000)
    assert ana.count_frames()[-1]["people"] == 1


async def test_a_new_connection_is_sent_the_counts_the_history_and_the_reconnect_spread(
    harness: WorkerHarness,
) -> None:
    await harness.connect("ana")
    await harness.run_due_steps()
    connection = await harness.connect("ben")
    assert [frame["type"] for frame in connection.frames] == [
        "connection-count",
        "activity-history",
        "retry",
    ]
    assert connection.frames[0]["people"] == 1


async def test_the_first_count_of_a_lone_visitor_includes_that_visitor(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    await harness.advance(1)
    connection = await harness.connect("ana")
    await harness.run_due_steps()
    assert [frame["people"] for frame in connection.count_frames()] == [1]


async def test_a_connection_without_the_online_topic_is_sent_no_counts(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    connection = FakeConnection("ana")
    connection.set_topics(frozenset({Topic.ACTIVITY}))
    await harness.worker.connect(connection)
    await harness.advance(2)
    assert connection.count_frames() == []


async def test_a_broken_connection_does_not_affect_the_others(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    await harness.connect("broken", is_broken=True)
    healthy = await harness.connect("ana")
    await harness.advance(1)
    assert healthy.count_frames()[-1]["people"] == 2


async def test_active_is_never_lower_than_people(harness: WorkerHarness) -> None:
    harness.active = 1
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    for number in range(4):
        await harness.connect(f"v{number}")
    await harness.advance(1)
    assert connection.count_frames()[-1]["active"] == connection.count_frames()[-1]["people"] == 5


async def test_a_change_of_page_views_alone_sends_no_frame(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    frames = len(connection.count_frames())
    harness.page_views += 1
    await harness.advance(2 * HEARTBEAT)
    sourced = harness.worker.snapshot()
    assert sourced is not None and sourced.snapshot.aggregates is not None
    assert sourced.snapshot.aggregates.page_views == harness.page_views
    assert len(connection.count_frames()) == frames


async def test_the_reconnect_spread_grows_in_powers_of_two_and_each_change_is_sent(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    first = await harness.connect("v")
    for number in range(1_000):
        await harness.connect(f"v{number}")
    await harness.advance(1)
    spreads = [frame["after_ms_max"] for frame in first.frames if frame["type"] == "retry"]
    assert spreads == [1024, 2048]


async def test_a_connection_that_raises_the_spread_is_sent_its_counts_immediately(
    harness: WorkerHarness,
) -> None:
    await harness.connect("v")
    await harness.advance(1)
    harness.presence.is_unavailable = True
    await harness.advance(20)
    connections = [await harness.connect(f"v{number}") for number in range(320)]
    assert all(len(connection.count_frames()) == 1 for connection in connections)


async def test_a_stay_is_passed_on_once_after_the_grace_period(harness: WorkerHarness) -> None:
    ana = await harness.connect("ana")
    await harness.advance(20)
    harness.worker.disconnect(ana)
    await harness.advance(4.5)
    assert harness.stays == []

    await harness.advance(6)

    assert harness.stays == [pytest.approx(20_000, abs=300)]
