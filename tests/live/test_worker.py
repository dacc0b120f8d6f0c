"""The worker: when it asks, what it shows, what it sends, how it leaves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest

from landing.asgi import build_worker
from landing.conf import LandingSettings
from landing.live.current_snapshot import SourcedSnapshot
from landing.live.frames import Topic
from landing.live.presence.contract import Aggregates
from landing.resilience import loops
from tests.live.presence.simulation import TIMING, aggregates
from tests.live.worker_harness import FakeChannelLayer, FakeConnection, WorkerHarness

HEARTBEAT = TIMING.heartbeat_ms / 1000
INTERVAL = TIMING.interval_ms / 1000


@pytest.fixture
def harness() -> WorkerHarness:
    return WorkerHarness()


async def test_nothing_is_shown_or_sent_before_the_first_answer(harness: WorkerHarness) -> None:
    harness.presence.is_unavailable = True
    connection = await harness.connect("ana")
    assert harness.worker.snapshot() is None
    assert [frame["type"] for frame in connection.frames] == ["activity-history", "retry"]


async def test_an_arrival_is_told_to_everybody_within_an_interval(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    ana = await harness.connect("ana")
    await harness.advance(INTERVAL * 2)
    await harness.connect("ben")
    await harness.advance(INTERVAL * 2)
    assert ana.count_frames()[-1]["people"] == 2
    assert ana.count_frames()[-1]["source"] == "live"


async def test_a_storm_is_coalesced_and_the_last_value_goes_out(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    first = await harness.connect("v")
    for number in range(200):
        await harness.connect(f"v{number}")
        await harness.advance(0.01, step=0.01)
    await harness.advance(1)
    storm_seconds = 200 * 0.01
    assert len(first.count_frames()) <= 2 + (storm_seconds + INTERVAL) / INTERVAL
    assert first.count_frames()[-1]["people"] == 201


async def test_nothing_is_sent_when_nothing_changes(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    before = len(connection.frames)
    await harness.advance(60, step=0.25)
    assert len(connection.frames) == before


async def test_an_idle_worker_asks_once_a_heartbeat_whatever_its_sockets(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    for number in range(300):
        await harness.connect(f"v{number}")
    await harness.advance(10)
    harness.presence.reports.clear()
    await harness.advance(10 * HEARTBEAT, step=0.25)
    assert len(harness.presence.reports) == 10
    assert not any(report.changes for report in harness.presence.reports)


async def test_a_departure_lowers_the_number_when_the_linger_ends_not_a_heartbeat_later(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    stays, goes = await harness.connect("ana"), await harness.connect("ben")
    await harness.advance(1)
    harness.worker.disconnect(goes)
    await harness.advance(0.5)
    assert (stays.count_frames()[-1]["people"], stays.count_frames()[-1]["count"]) == (2, 1)
    await harness.advance(TIMING.linger_ms / 1000)
    assert stays.count_frames()[-1]["people"] == 1


async def test_a_new_socket_gets_the_current_snapshot_history_and_spread(
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


async def test_the_first_number_that_a_lone_visitor_gets_includes_them(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    await harness.advance(1)
    connection = await harness.connect("ana")
    await harness.run_due_steps()
    assert [frame["people"] for frame in connection.count_frames()] == [1]


async def test_a_socket_without_the_topic_hears_no_numbers(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    connection = FakeConnection("ana")
    connection.topics = frozenset({Topic.ACTIVITY})
    await harness.worker.connect(connection)
    await harness.advance(2)
    assert connection.count_frames() == []


async def test_a_broken_socket_keeps_nothing_from_the_others(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    await harness.connect("broken", is_broken=True)
    healthy = await harness.connect("ana")
    await harness.advance(1)
    assert healthy.count_frames()[-1]["people"] == 2


async def test_the_numbers_go_stale_with_their_age_and_come_back(
    harness: WorkerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "landing")
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(6)
    live = connection.count_frames()[-1]
    harness.presence.is_unavailable = True
    await harness.advance(10)
    stale = connection.count_frames()[-1]
    assert (stale["source"], stale["version"]) == ("stale", live["version"])
    assert stale["timestamp"] > live["timestamp"], "or a client would not take it"
    await harness.advance(60, step=0.25)
    assert connection.count_frames()[-1] == stale, "the age is the client's to count"
    late = await harness.connect("ben")
    assert late.count_frames()[-1]["source"] == "stale"
    harness.presence.is_unavailable = False
    await harness.advance(1)
    assert connection.count_frames()[-1]["source"] == "live"
    assert connection.count_frames()[-1]["people"] == 2
    assert len(caplog.records) == 2, "one line when it goes, one when it comes back"


async def test_a_backend_that_is_away_is_asked_again_at_a_bounded_rate(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    harness.presence.is_unavailable = True
    await harness.advance(HEARTBEAT)
    harness.presence.reports.clear()
    await harness.advance(30)
    assert 30 <= len(harness.presence.reports) <= 30 / 0.25


async def test_while_an_epoch_settles_the_last_numbers_are_shown_as_stale(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(2)
    await harness.presence.clear()
    await harness.advance(HEARTBEAT)
    assert (connection.count_frames()[-1]["source"], connection.count_frames()[-1]["people"]) == (
        "stale",
        1,
    )
    await harness.advance(HEARTBEAT + INTERVAL)
    assert (connection.count_frames()[-1]["source"], connection.count_frames()[-1]["people"]) == (
        "live",
        1,
    )


async def test_a_known_number_of_active_visitors_survives_a_new_epoch(
    harness: WorkerHarness,
) -> None:
    harness.active = 31
    await harness.run_due_steps()
    await harness.advance(2)
    await harness.presence.clear()
    harness.active = None
    await harness.advance(3 * HEARTBEAT)
    shown = harness.worker.snapshot()
    assert shown is not None and shown.active == 31


async def test_active_is_computed_once_per_refresh_interval_and_reported_when_it_changed(
    harness: WorkerHarness,
) -> None:
    harness.active = 31
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    assert connection.count_frames()[-1]["active"] == 31
    harness.refreshes = 0
    await harness.advance(10 * HEARTBEAT)
    assert 9 <= harness.refreshes <= 10


async def test_active_is_never_lower_than_people(harness: WorkerHarness) -> None:
    harness.active = 1
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    for number in range(4):
        await harness.connect(f"v{number}")
    await harness.advance(1)
    assert connection.count_frames()[-1]["active"] == connection.count_frames()[-1]["people"] == 5


async def test_two_workers_show_the_same_and_one_of_them_publishes() -> None:
    one = WorkerHarness()
    two = WorkerHarness(presence=one.presence, clock=one.clock)
    await one.run_due_steps()
    await two.run_due_steps()
    await one.connect("ana")
    connection = await two.connect("ben")
    published = []
    for number in range(40):
        one.clock.seconds += 0.05
        await (one, two)[number % 2].connect(f"v{number}")
        await one.run_due_steps()
        await two.run_due_steps()
        for sender, receiver in ((one, two), (two, one)):
            for message in sender.channel_layer.sent:
                published.append(message)
                receiver.worker.parts.group.dispatch(message)
            sender.channel_layer.sent.clear()
    assert len(published) <= 40 * 0.05 / INTERVAL + 2, "one per interval for both together"
    await two.worker.parts.sync.sync()
    await one.advance(1)
    await two.run_due_steps()
    for sender, receiver in ((one, two), (two, one)):
        for message in sender.channel_layer.sent:
            receiver.worker.parts.group.dispatch(message)
    await two.run_due_steps()
    assert connection.count_frames()[-1]["people"] == 42
    assert one.worker.parts.current.visible_counts() == two.worker.parts.current.visible_counts()


async def test_workers_that_churn_out_of_step_each_report_once_per_interval() -> None:
    one = WorkerHarness()
    harnesses = [one, *(WorkerHarness(presence=one.presence, clock=one.clock) for _ in range(3))]
    connections: list[tuple[WorkerHarness, FakeConnection]] = []
    for number in range(1_000):
        one.clock.seconds += 0.01
        harness = harnesses[number % 4]
        connections.append((harness, await harness.connect(f"v{number}")))
        if number >= 100:
            where, gone = connections[number - 100]
            where.worker.disconnect(gone)
        for each in harnesses:
            await each.run_due_steps()
    intervals = 1_000 * 0.01 / INTERVAL
    assert len(one.presence.reports) <= 4 * (intervals + 2)


async def test_who_is_alone_publishes_nothing(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    await harness.advance(2 * HEARTBEAT)
    harness.channel_layer.sent.clear()
    connection = await harness.connect("ana")
    await harness.advance(1)
    assert connection.count_frames()[-1]["people"] == 1
    assert harness.channel_layer.sent == []


def _published(harness: WorkerHarness, **changed: int) -> dict[str, Any]:
    """What another worker would publish after a change of what is shown here."""
    shown = harness.worker.snapshot()
    assert shown is not None
    snapshot = asdict(replace(shown.snapshot, **changed))
    snapshot["table"] = snapshot.pop("aggregates")
    return {
        "type": "snapshot",
        "epoch": harness.worker.parts.sync._reports.epoch,
        "snapshot": snapshot,
    }


async def test_an_older_published_snapshot_is_not_taken(harness: WorkerHarness) -> None:
    await harness.connect("ana")
    await harness.advance(1)
    oldest = _published(harness)
    await harness.connect("ben")
    await harness.advance(1)
    before = harness.worker.snapshot()
    harness.worker.parts.group.dispatch(oldest)
    assert before is not None and before.snapshot.people == 2
    assert harness.worker.snapshot() == before


async def test_a_newer_published_snapshot_is_taken(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    await harness.connect("ana")
    await harness.advance(1)
    before = harness.worker.snapshot()
    assert before is not None
    newer = _published(harness, connections=9, version=before.snapshot.version + 1)
    harness.worker.parts.group.dispatch(newer)
    shown = harness.worker.snapshot()
    assert shown is not None and shown.snapshot.connections == 9


async def test_a_message_of_another_epoch_makes_the_worker_ask_at_once(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    await harness.advance(1)
    harness.presence.reports.clear()
    harness.worker.parts.group.dispatch({"type": "snapshot", "epoch": "another", "snapshot": None})
    await harness.run_due_steps()
    assert len(harness.presence.reports) == 1


async def test_a_group_that_is_away_costs_nothing_but_the_message(harness: WorkerHarness) -> None:
    harness.channel_layer.is_broken = True
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    assert connection.count_frames()[-1]["people"] == 1


async def test_the_spread_grows_in_powers_of_two_and_is_told_when_it_does(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    first = await harness.connect("v")
    for number in range(1_000):
        await harness.connect(f"v{number}")
    await harness.advance(1)
    spreads = [frame["after_ms_max"] for frame in first.frames if frame["type"] == "retry"]
    assert spreads == [1024, 4096]


async def test_a_socket_at_the_step_of_the_spread_gets_its_numbers_at_once(
    harness: WorkerHarness,
) -> None:
    await harness.connect("v")
    await harness.advance(1)
    harness.presence.is_unavailable = True
    await harness.advance(20)
    connections = [await harness.connect(f"v{number}") for number in range(320)]
    assert all(len(connection.count_frames()) == 1 for connection in connections)


async def test_leaving_in_order_drains_says_1001_and_counts_no_departure(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    await harness.worker.stop()
    harness.worker.disconnect(connection)
    assert connection.close_codes == [1001]
    assert harness.presence.drained == [1024 + 1024 + 5000]
    snapshot = await harness.presence.snapshot()
    assert snapshot is not None and (snapshot.people, snapshot.connections) == (1, 0)
    harness.clock.seconds += 7.1
    snapshot = await harness.presence.snapshot()
    assert snapshot is not None and snapshot.people == 0


async def test_who_came_since_the_last_report_lingers_too_when_the_worker_leaves(
    harness: WorkerHarness,
) -> None:
    await harness.connect("ana")
    late = await harness.connect("ben")
    leaving = harness.worker.stop()
    harness.worker.disconnect(late)  # the server ends its sockets in the same moment
    await leaving
    snapshot = await harness.presence.snapshot()
    assert snapshot is not None and snapshot.people == 2


async def test_a_socket_that_cannot_be_closed_does_not_keep_the_worker_from_draining(
    harness: WorkerHarness,
) -> None:
    async def broken(code: int) -> None:
        raise ConnectionResetError

    first, second = await harness.connect("ana"), await harness.connect("ben")
    first.close = broken
    await harness.worker.stop()
    assert second.close_codes == [1001]
    assert harness.presence.drained


async def test_leaving_twice_is_leaving_once(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.worker.stop()
    await harness.worker.stop()
    assert connection.close_codes == [1001]


async def test_a_socket_that_opens_while_leaving_hears_1001_as_well(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    await harness.worker.stop()
    connection = await harness.connect("ana")
    assert connection.close_codes == [1001]
    assert connection.frames == []


async def test_leaving_while_the_backend_is_away_is_one_line(
    harness: WorkerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    harness.presence.is_unavailable = True
    await harness.worker.stop()
    assert connection.close_codes == [1001]
    assert len([r for r in caplog.records if r.name.startswith("landing")]) == 1


# -- with its own tasks ------------------------------------------------------------------


FAST = LandingSettings(
    LANDING_HEARTBEAT_SECONDS=0.05,
    LANDING_BROADCAST_INTERVAL_SECONDS=0.01,
    LANDING_LEASE_SECONDS=0.2,
)


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  nothing announces what is waited for
            await asyncio.sleep(0.005)


async def test_the_tasks_start_count_and_end(harness: WorkerHarness) -> None:
    group = FakeChannelLayer()
    worker = build_worker(harness.presence, group, FAST)
    await worker.start()
    assert worker.snapshot() is not None, "the first page has numbers"
    connection = FakeConnection("ana")
    await worker.connect(connection)
    await until(lambda: connection.count_frames() and connection.count_frames()[-1]["people"] == 1)
    await worker.stop()
    await until(lambda: not worker._tasks)
    assert group.members == ["channel-0"], "one member per worker"


async def test_starting_never_waits_long_for_a_backend_that_is_away(harness: WorkerHarness) -> None:
    harness.presence.is_unavailable = True
    worker = build_worker(harness.presence, FakeChannelLayer(), FAST)
    await worker.start(timeout_seconds=0.01)
    assert worker.snapshot() is None
    harness.presence.is_unavailable = False
    await until(lambda: worker.snapshot() is not None)
    await worker.stop()


async def test_a_fault_of_ours_costs_one_step_not_the_counter(
    harness: WorkerHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loops, "ERROR_PAUSE_SECONDS", 0.01)
    worker = build_worker(harness.presence, FakeChannelLayer(), FAST)
    working = worker.parts.current.adopt
    monkeypatch.setattr(worker.parts.current, "adopt", lambda snapshot: 1 / 0)
    await worker.start(timeout_seconds=0.05)
    monkeypatch.setattr(worker.parts.current, "adopt", working)
    await until(lambda: worker.snapshot() is not None)
    await worker.stop()
    assert any("A periodic step failed" in record.message for record in caplog.records)


async def test_the_first_numbers_that_are_waited_for_include_the_tables(
    harness: WorkerHarness,
) -> None:
    async def read_aggregates(shown: SourcedSnapshot | None) -> Aggregates:
        await asyncio.sleep(0)
        return aggregates(31)

    worker = build_worker(
        harness.presence, FakeChannelLayer(), LandingSettings(), read_aggregates=read_aggregates
    )
    await worker.start(timeout_seconds=30)
    shown = worker.snapshot()
    assert shown is not None and shown.snapshot.aggregates == aggregates(31)
    await worker.stop()


async def test_a_table_that_cannot_be_read_holds_the_start_up_only_while_it_is_tried(
    harness: WorkerHarness,
) -> None:
    async def read_aggregates(shown: SourcedSnapshot | None) -> None:
        return None

    worker = build_worker(
        harness.presence, FakeChannelLayer(), LandingSettings(), read_aggregates=read_aggregates
    )
    await worker.start(timeout_seconds=30)
    shown = worker.snapshot()
    assert shown is not None and shown.snapshot.aggregates is None
    await worker.stop()


async def test_a_new_age_of_the_same_figures_waits_for_the_next_heartbeat(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    await harness.advance(2 * HEARTBEAT)
    reports = len(harness.presence.reports)
    await harness.advance(10 * HEARTBEAT)
    assert len(harness.presence.reports) - reports == 10


async def test_figures_that_sockets_are_not_told_cost_no_frame(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    frames = len(connection.count_frames())
    harness.page_views += 1
    await harness.advance(2 * HEARTBEAT)
    shown = harness.worker.snapshot()
    assert shown is not None and shown.snapshot.aggregates is not None
    assert shown.snapshot.aggregates.page_views == harness.page_views
    assert len(connection.count_frames()) == frames
