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
from tests.live.runtime import Bench, Group, Tab

HEARTBEAT = TIMING.heartbeat_ms / 1000
INTERVAL = TIMING.interval_ms / 1000


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_nothing_is_shown_or_sent_before_the_first_answer(bench: Bench) -> None:
    bench.presence.away = True
    tab = await bench.connect("ana")
    assert bench.worker.snapshot() is None
    assert [frame["type"] for frame in tab.frames] == ["activity-history", "retry"]


async def test_an_arrival_is_told_to_everybody_within_an_interval(bench: Bench) -> None:
    await bench.step()
    ana = await bench.connect("ana")
    await bench.run(INTERVAL * 2)
    await bench.connect("ben")
    await bench.run(INTERVAL * 2)
    assert ana.counts()[-1]["people"] == 2
    assert ana.counts()[-1]["source"] == "live"


async def test_a_storm_is_coalesced_and_the_last_value_goes_out(bench: Bench) -> None:
    await bench.step()
    first = await bench.connect("v")
    for number in range(200):
        await bench.connect(f"v{number}")
        await bench.run(0.01, step=0.01)
    await bench.run(1)
    storm_seconds = 200 * 0.01
    assert len(first.counts()) <= 2 + (storm_seconds + INTERVAL) / INTERVAL
    assert first.counts()[-1]["people"] == 201


async def test_nothing_is_sent_when_nothing_changes(bench: Bench) -> None:
    await bench.step()
    tab = await bench.connect("ana")
    await bench.run(1)
    before = len(tab.frames)
    await bench.run(60, step=0.25)
    assert len(tab.frames) == before


async def test_an_idle_worker_asks_once_a_heartbeat_whatever_its_sockets(bench: Bench) -> None:
    await bench.step()
    for number in range(300):
        await bench.connect(f"v{number}")
    await bench.run(10)
    bench.presence.reports.clear()
    await bench.run(10 * HEARTBEAT, step=0.25)
    assert len(bench.presence.reports) == 10
    assert not any(report.changes for report in bench.presence.reports)


async def test_a_departure_lowers_the_number_when_the_linger_ends_not_a_heartbeat_later(
    bench: Bench,
) -> None:
    await bench.step()
    stays, goes = await bench.connect("ana"), await bench.connect("ben")
    await bench.run(1)
    bench.worker.disconnect(goes)
    await bench.run(0.5)
    assert (stays.counts()[-1]["people"], stays.counts()[-1]["count"]) == (2, 1)
    await bench.run(TIMING.linger_ms / 1000)
    assert stays.counts()[-1]["people"] == 1


async def test_a_new_socket_gets_the_current_snapshot_history_and_spread(bench: Bench) -> None:
    await bench.connect("ana")
    await bench.step()
    tab = await bench.connect("ben")
    assert [frame["type"] for frame in tab.frames] == [
        "connection-count",
        "activity-history",
        "retry",
    ]
    assert tab.frames[0]["people"] == 1


async def test_the_first_number_that_a_lone_visitor_gets_includes_them(bench: Bench) -> None:
    await bench.step()
    await bench.run(1)
    tab = await bench.connect("ana")
    await bench.step()
    assert [frame["people"] for frame in tab.counts()] == [1]


async def test_a_socket_without_the_topic_hears_no_numbers(bench: Bench) -> None:
    await bench.step()
    tab = Tab("ana")
    tab.topics = frozenset({Topic.ACTIVITY})
    await bench.worker.connect(tab)
    await bench.run(2)
    assert tab.counts() == []


async def test_a_broken_socket_keeps_nothing_from_the_others(bench: Bench) -> None:
    await bench.step()
    await bench.connect("broken", broken=True)
    healthy = await bench.connect("ana")
    await bench.run(1)
    assert healthy.counts()[-1]["people"] == 2


async def test_the_numbers_go_stale_with_their_age_and_come_back(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "landing")
    await bench.step()
    tab = await bench.connect("ana")
    await bench.run(6)
    live = tab.counts()[-1]
    bench.presence.away = True
    await bench.run(10)
    stale = tab.counts()[-1]
    assert (stale["source"], stale["version"]) == ("stale", live["version"])
    assert stale["timestamp"] > live["timestamp"], "or a client would not take it"
    await bench.run(60, step=0.25)
    assert tab.counts()[-1] == stale, "the age is the client's to count"
    late = await bench.connect("ben")
    assert late.counts()[-1]["source"] == "stale"
    bench.presence.away = False
    await bench.run(1)
    assert tab.counts()[-1]["source"] == "live"
    assert tab.counts()[-1]["people"] == 2
    assert len(caplog.records) == 2, "one line when it goes, one when it comes back"


async def test_a_backend_that_is_away_is_asked_again_at_a_bounded_rate(bench: Bench) -> None:
    await bench.step()
    bench.presence.away = True
    await bench.run(HEARTBEAT)
    bench.presence.reports.clear()
    await bench.run(30)
    assert 30 <= len(bench.presence.reports) <= 30 / 0.25


async def test_while_an_epoch_settles_the_last_numbers_are_shown_as_stale(bench: Bench) -> None:
    await bench.step()
    tab = await bench.connect("ana")
    await bench.run(2)
    await bench.presence.clear()
    await bench.run(HEARTBEAT)
    assert (tab.counts()[-1]["source"], tab.counts()[-1]["people"]) == ("stale", 1)
    await bench.run(HEARTBEAT + INTERVAL)
    assert (tab.counts()[-1]["source"], tab.counts()[-1]["people"]) == ("live", 1)


async def test_a_known_number_of_active_visitors_survives_a_new_epoch(bench: Bench) -> None:
    bench.active = 31
    await bench.step()
    await bench.run(2)
    await bench.presence.clear()
    bench.active = None
    await bench.run(3 * HEARTBEAT)
    shown = bench.worker.snapshot()
    assert shown is not None and shown.active == 31


async def test_active_is_computed_once_per_refresh_interval_and_reported_when_it_changed(
    bench: Bench,
) -> None:
    bench.active = 31
    await bench.step()
    tab = await bench.connect("ana")
    await bench.run(1)
    assert tab.counts()[-1]["active"] == 31
    bench.refreshes = 0
    await bench.run(10 * HEARTBEAT)
    assert 9 <= bench.refreshes <= 10


async def test_active_is_never_lower_than_people(bench: Bench) -> None:
    bench.active = 1
    await bench.step()
    tab = await bench.connect("ana")
    for number in range(4):
        await bench.connect(f"v{number}")
    await bench.run(1)
    assert tab.counts()[-1]["active"] == tab.counts()[-1]["people"] == 5


async def test_two_workers_show_the_same_and_one_of_them_publishes() -> None:
    one = Bench()
    two = Bench(presence=one.presence, clock=one.clock)
    await one.step()
    await two.step()
    await one.connect("ana")
    tab = await two.connect("ben")
    published = []
    for number in range(40):
        one.clock.seconds += 0.05
        await (one, two)[number % 2].connect(f"v{number}")
        await one.step()
        await two.step()
        for sender, receiver in ((one, two), (two, one)):
            for message in sender.group.sent:
                published.append(message)
                receiver.worker.parts.group.dispatch(message)
            sender.group.sent.clear()
    assert len(published) <= 40 * 0.05 / INTERVAL + 2, "one per interval for both together"
    await two.worker.parts.sync.sync()
    await one.run(1)
    await two.step()
    for sender, receiver in ((one, two), (two, one)):
        for message in sender.group.sent:
            receiver.worker.parts.group.dispatch(message)
    await two.step()
    assert tab.counts()[-1]["people"] == 42
    assert one.worker.parts.current.visible_counts() == two.worker.parts.current.visible_counts()


async def test_workers_that_churn_out_of_step_each_report_once_per_interval() -> None:
    one = Bench()
    benches = [one, *(Bench(presence=one.presence, clock=one.clock) for _ in range(3))]
    tabs: list[tuple[Bench, Tab]] = []
    for number in range(1_000):
        one.clock.seconds += 0.01
        bench = benches[number % 4]
        tabs.append((bench, await bench.connect(f"v{number}")))
        if number >= 100:
            where, gone = tabs[number - 100]
            where.worker.disconnect(gone)
        for each in benches:
            await each.step()
    intervals = 1_000 * 0.01 / INTERVAL
    assert len(one.presence.reports) <= 4 * (intervals + 2)


async def test_who_is_alone_publishes_nothing(bench: Bench) -> None:
    await bench.step()
    await bench.run(2 * HEARTBEAT)
    bench.group.sent.clear()
    tab = await bench.connect("ana")
    await bench.run(1)
    assert tab.counts()[-1]["people"] == 1
    assert bench.group.sent == []


def _published(bench: Bench, **changed: int) -> dict[str, Any]:
    """What another worker would publish after a change of what is shown here."""
    shown = bench.worker.snapshot()
    assert shown is not None
    snapshot = asdict(replace(shown.snapshot, **changed))
    snapshot["table"] = snapshot.pop("aggregates")
    return {
        "type": "snapshot",
        "epoch": bench.worker.parts.sync._reports.epoch,
        "snapshot": snapshot,
    }


async def test_an_older_published_snapshot_is_not_taken(bench: Bench) -> None:
    await bench.connect("ana")
    await bench.run(1)
    oldest = _published(bench)
    await bench.connect("ben")
    await bench.run(1)
    before = bench.worker.snapshot()
    bench.worker.parts.group.dispatch(oldest)
    assert before is not None and before.snapshot.people == 2
    assert bench.worker.snapshot() == before


async def test_a_newer_published_snapshot_is_taken(bench: Bench) -> None:
    await bench.step()
    await bench.connect("ana")
    await bench.run(1)
    before = bench.worker.snapshot()
    assert before is not None
    newer = _published(bench, connections=9, version=before.snapshot.version + 1)
    bench.worker.parts.group.dispatch(newer)
    shown = bench.worker.snapshot()
    assert shown is not None and shown.snapshot.connections == 9


async def test_a_message_of_another_epoch_makes_the_worker_ask_at_once(bench: Bench) -> None:
    await bench.step()
    await bench.run(1)
    bench.presence.reports.clear()
    bench.worker.parts.group.dispatch({"type": "snapshot", "epoch": "another", "snapshot": None})
    await bench.step()
    assert len(bench.presence.reports) == 1


async def test_a_group_that_is_away_costs_nothing_but_the_message(bench: Bench) -> None:
    bench.group.broken = True
    await bench.step()
    tab = await bench.connect("ana")
    await bench.run(1)
    assert tab.counts()[-1]["people"] == 1


async def test_the_spread_grows_in_powers_of_two_and_is_told_when_it_does(bench: Bench) -> None:
    await bench.step()
    first = await bench.connect("v")
    for number in range(1_000):
        await bench.connect(f"v{number}")
    await bench.run(1)
    spreads = [frame["after_ms_max"] for frame in first.frames if frame["type"] == "retry"]
    assert spreads == [1024, 4096]


async def test_a_socket_at_the_step_of_the_spread_gets_its_numbers_at_once(bench: Bench) -> None:
    await bench.connect("v")
    await bench.run(1)
    bench.presence.away = True
    await bench.run(20)
    tabs = [await bench.connect(f"v{number}") for number in range(320)]
    assert all(len(tab.counts()) == 1 for tab in tabs)


async def test_leaving_in_order_drains_says_1001_and_counts_no_departure(bench: Bench) -> None:
    await bench.step()
    tab = await bench.connect("ana")
    await bench.run(1)
    await bench.worker.stop()
    bench.worker.disconnect(tab)
    assert tab.closed_with == [1001]
    assert bench.presence.drained == [1024 + 1024 + 5000]
    snapshot = await bench.presence.snapshot()
    assert snapshot is not None and (snapshot.people, snapshot.connections) == (1, 0)
    bench.clock.seconds += 7.1
    snapshot = await bench.presence.snapshot()
    assert snapshot is not None and snapshot.people == 0


async def test_who_came_since_the_last_report_lingers_too_when_the_worker_leaves(
    bench: Bench,
) -> None:
    await bench.connect("ana")
    late = await bench.connect("ben")
    leaving = bench.worker.stop()
    bench.worker.disconnect(late)  # the server ends its sockets in the same moment
    await leaving
    snapshot = await bench.presence.snapshot()
    assert snapshot is not None and snapshot.people == 2


async def test_a_socket_that_cannot_be_closed_does_not_keep_the_worker_from_draining(
    bench: Bench,
) -> None:
    async def broken(code: int) -> None:
        raise ConnectionResetError

    first, second = await bench.connect("ana"), await bench.connect("ben")
    first.close = broken
    await bench.worker.stop()
    assert second.closed_with == [1001]
    assert bench.presence.drained


async def test_leaving_twice_is_leaving_once(bench: Bench) -> None:
    await bench.step()
    tab = await bench.connect("ana")
    await bench.worker.stop()
    await bench.worker.stop()
    assert tab.closed_with == [1001]


async def test_a_socket_that_opens_while_leaving_hears_1001_as_well(bench: Bench) -> None:
    await bench.step()
    await bench.worker.stop()
    tab = await bench.connect("ana")
    assert tab.closed_with == [1001]
    assert tab.frames == []


async def test_leaving_while_the_backend_is_away_is_one_line(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.step()
    tab = await bench.connect("ana")
    bench.presence.away = True
    await bench.worker.stop()
    assert tab.closed_with == [1001]
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


async def test_the_tasks_start_count_and_end(bench: Bench) -> None:
    group = Group()
    worker = build_worker(bench.presence, group, FAST)
    await worker.start()
    assert worker.snapshot() is not None, "the first page has numbers"
    tab = Tab("ana")
    await worker.connect(tab)
    await until(lambda: tab.counts() and tab.counts()[-1]["people"] == 1)
    await worker.stop()
    await until(lambda: not worker._tasks)
    assert group.members == ["channel-0"], "one member per worker"


async def test_starting_never_waits_long_for_a_backend_that_is_away(bench: Bench) -> None:
    bench.presence.away = True
    worker = build_worker(bench.presence, Group(), FAST)
    await worker.start(timeout_seconds=0.01)
    assert worker.snapshot() is None
    bench.presence.away = False
    await until(lambda: worker.snapshot() is not None)
    await worker.stop()


async def test_a_fault_of_ours_costs_one_step_not_the_counter(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(loops, "ERROR_PAUSE_SECONDS", 0.01)
    worker = build_worker(bench.presence, Group(), FAST)
    working = worker.parts.current.adopt
    monkeypatch.setattr(worker.parts.current, "adopt", lambda snapshot: 1 / 0)
    await worker.start(timeout_seconds=0.05)
    monkeypatch.setattr(worker.parts.current, "adopt", working)
    await until(lambda: worker.snapshot() is not None)
    await worker.stop()
    assert any("A periodic step failed" in record.message for record in caplog.records)


async def test_the_first_numbers_that_are_waited_for_include_the_tables(
    bench: Bench,
) -> None:
    async def read_aggregates(shown: SourcedSnapshot | None) -> Aggregates:
        await asyncio.sleep(0)
        return aggregates(31)

    worker = build_worker(
        bench.presence, Group(), LandingSettings(), read_aggregates=read_aggregates
    )
    await worker.start(timeout_seconds=30)
    shown = worker.snapshot()
    assert shown is not None and shown.snapshot.aggregates == aggregates(31)
    await worker.stop()


async def test_a_table_that_cannot_be_read_holds_the_start_up_only_while_it_is_tried(
    bench: Bench,
) -> None:
    async def read_aggregates(shown: SourcedSnapshot | None) -> None:
        return None

    worker = build_worker(
        bench.presence, Group(), LandingSettings(), read_aggregates=read_aggregates
    )
    await worker.start(timeout_seconds=30)
    shown = worker.snapshot()
    assert shown is not None and shown.snapshot.aggregates is None
    await worker.stop()


async def test_a_new_age_of_the_same_figures_waits_for_the_next_heartbeat(bench: Bench) -> None:
    await bench.step()
    await bench.run(2 * HEARTBEAT)
    reports = len(bench.presence.reports)
    await bench.run(10 * HEARTBEAT)
    assert len(bench.presence.reports) - reports == 10


async def test_figures_that_sockets_are_not_told_cost_no_frame(bench: Bench) -> None:
    await bench.step()
    tab = await bench.connect("ana")
    await bench.run(1)
    frames = len(tab.counts())
    bench.page_views += 1
    await bench.run(2 * HEARTBEAT)
    shown = bench.worker.snapshot()
    assert shown is not None and shown.snapshot.aggregates is not None
    assert shown.snapshot.aggregates.page_views == bench.page_views
    assert len(tab.counts()) == frames
