"""The people who joined and left: one worker gets each of them, in one answer."""

from __future__ import annotations

from landing.live.presence.contract import MAX_CHANGES, Change, Report
from tests.live.presence.simulation import (
    TIMING,
    Harness,
    SimulatedWorker,
    pass_time,
    user_key,
    visitor_key,
)


class EventsContract:
    async def test_each_arrival_and_departure_is_reported_once(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        tab = worker.open("ana")
        await worker.sync()
        other.open("ana")
        await other.sync()
        worker.close(tab)
        await worker.sync()
        assert (worker.joined, other.joined) == ([visitor_key("ana")], [])
        assert worker.left == other.left == []

    async def test_joined_minus_left_is_the_change_of_people(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        tab = worker.open("ana")
        await worker.sync()
        worker.close(tab)
        worker.open("ana", "7")
        await worker.sync()
        assert worker.joined == [visitor_key("ana"), user_key("7")]
        assert worker.left == [visitor_key("ana")]

    async def test_people_of_a_drained_worker_leave_at_the_end_of_their_grace_period(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        worker.open("ben", "7")
        await worker.sync()
        await other.sync()
        await harness.presence.drain(worker.name, worker.reports.seq + 1, 1_000)
        await other.sync()
        assert other.joined == other.left == []
        harness.advance(1_000)
        await other.sync()
        await other.sync()
        assert other.joined == []
        assert sorted(other.left) == sorted([visitor_key("ana"), user_key("7")])

    async def test_a_resync_reports_no_events(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        assert other.left == [visitor_key("ana")]
        worker.joined.clear()
        await worker.sync()
        assert worker.joined == []

    async def test_no_events_are_reported_while_the_snapshot_waits_for_a_resync(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_CHANGES + 10):
            worker.open(f"v{number}")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        await worker.sync_once()
        other.open("ben")
        await other.sync()
        assert other.joined == []

    async def test_a_settling_epoch_reports_no_events(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        await harness.presence.clear()
        worker.open("ana")
        await worker.sync()
        assert worker.joined == []

    async def test_a_report_without_the_flag_gets_no_events(self, harness: Harness) -> None:
        ana = [Change(visitor_key("ana"), True)]
        report = Report(worker="w", seq=1, acked=0, changes=ana, events=False)
        assert (await harness.presence.sync(report)).joined == ()

    async def test_a_report_that_begins_a_resync_gets_no_events(self, harness: Harness) -> None:
        ana = [Change(visitor_key("ana"), True)]
        report = Report(worker="w", seq=1, acked=0, changes=ana, begin=True, events=True)
        assert (await harness.presence.sync(report)).joined == ()
