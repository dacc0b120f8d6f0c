"""The presence contract: every backend runs these, none has its own copy.

A subclass provides the fixture ``harness``. The rules are those of
``docs/architecture.md``, "The presence contract".
"""

from __future__ import annotations

import pytest

from landing.live.presence.contract import MAX_CHANGES, MAX_REMOVALS, Change, Report, Snapshot
from tests.live.presence.simulation import (
    TIMING,
    Harness,
    SimulatedWorker,
    aggregates,
    pass_time,
    user_key,
    visitor_key,
)


async def numbers(harness: Harness) -> tuple[int, int, int]:
    """(signed_in, anonymous, connections) as anybody would read them."""
    snapshot = await harness.presence.snapshot()
    assert snapshot is not None
    return snapshot.signed_in, snapshot.anonymous, snapshot.connections


class CountingContract:
    """People and connections, as the interface defines them."""

    async def test_a_person_with_two_tabs_is_one_person_and_two_connections(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        worker.open("ana")
        await worker.sync()
        assert await numbers(harness) == (0, 1, 2)

    async def test_a_person_on_two_workers_is_one_person(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        other.open("ana")
        await worker.sync()
        await other.sync()
        assert await numbers(harness) == (0, 1, 2)

    async def test_a_user_on_two_devices_is_one_person(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("phone", "7")
        other.open("laptop", "7")
        await worker.sync()
        await other.sync()
        assert await numbers(harness) == (1, 0, 2)

    @pytest.mark.parametrize("elsewhere", [False, True])
    async def test_an_anonymous_tab_beside_a_signed_in_one_is_the_same_person(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness, elsewhere: bool
    ) -> None:
        worker.open("ana")
        (other if elsewhere else worker).open("ana", "7")
        await worker.sync()
        await other.sync()
        assert await numbers(harness) == (1, 0, 2)

    async def test_signing_in_and_out_again_is_one_person_throughout(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        anonymous = worker.open("ana")
        await worker.sync()
        worker.close(anonymous)
        signed_in = worker.open("ana", "7")
        await worker.sync()
        assert await numbers(harness) == (1, 0, 1)
        worker.close(signed_in)
        worker.open("ana")
        await worker.sync()
        assert await numbers(harness) == (1, 0, 1)
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await numbers(harness) == (0, 1, 1)

    async def test_somebody_who_left_counts_until_the_linger_has_passed(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        socket = worker.open("ana")
        await worker.sync()
        worker.close(socket)
        await worker.sync()
        harness.advance(TIMING.linger_ms - 100)
        assert await numbers(harness) == (0, 1, 0)
        harness.advance(100)
        assert await numbers(harness) == (0, 0, 0)

    async def test_a_reload_on_another_worker_does_not_move_the_number(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        socket = worker.open("ana", "7")
        await worker.sync()
        worker.close(socket)
        await worker.sync()
        other.open("ana", "7")
        await other.sync()
        assert await numbers(harness) == (1, 0, 1)
        await pass_time(harness, 2 * TIMING.linger_ms, [worker, other])
        assert await numbers(harness) == (1, 0, 1)

    async def test_what_the_table_says_is_part_of_the_snapshot(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        first = await worker.sync_once(aggregates=aggregates(31))
        assert first.snapshot is not None and first.snapshot.aggregates == aggregates(31)
        second = await worker.sync_once(aggregates=aggregates(31, page_views=981))
        assert second.snapshot is not None
        assert second.snapshot.aggregates == aggregates(31, page_views=981)
        assert second.snapshot.version > first.snapshot.version
        third = await worker.sync_once()
        assert third.snapshot == second.snapshot, "a report without it changes nothing"

    async def test_the_same_figures_read_later_are_no_change(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await other.sync_once()
        harness.advance(TIMING.refresh_ms)
        first = await worker.sync_once(aggregates=aggregates(31, as_of_ms=1_000))
        second = await worker.sync_once(aggregates=aggregates(31, as_of_ms=6_000))
        assert first.snapshot is not None and second.snapshot is not None
        assert second.snapshot.aggregates == aggregates(31, as_of_ms=6_000)
        assert second.snapshot.version == first.snapshot.version
        assert not second.grant.publish

    async def test_one_worker_per_refresh_interval_may_read_the_table(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        grants = [
            (await each.sync_once()).grant.read_aggregates
            for each in (worker, other, worker, other)
        ]
        assert grants.count(True) == 1
        await worker.sync_once(aggregates=aggregates(31))
        harness.advance(TIMING.refresh_ms)
        grants = [(await each.sync_once()).grant.read_aggregates for each in (other, worker)]
        assert grants == [True, False]

    async def test_nobody_reads_the_table_while_another_worker_does(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        assert (await worker.sync_once()).grant.read_aggregates
        harness.advance(TIMING.refresh_ms)
        assert not (await other.sync_once()).grant.read_aggregates
        assert (await worker.sync_once(aggregates=aggregates(31))).grant.read_aggregates, (
            "and reads again"
        )
        harness.advance(TIMING.refresh_ms)
        await worker.sync_once(aggregates=aggregates(32))
        harness.advance(TIMING.refresh_ms)
        assert not (await other.sync_once()).grant.read_aggregates

    async def test_the_right_to_read_outlives_its_worker_by_a_lease_at_most(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        assert (await worker.sync_once()).grant.read_aggregates
        harness.advance(TIMING.lease_ms - 1)
        assert not (await other.sync_once()).grant.read_aggregates
        harness.advance(1)
        assert (await other.sync_once()).grant.read_aggregates

    async def test_what_was_read_by_who_has_lost_the_right_is_not_shown(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync_once(aggregates=aggregates(30))
        harness.advance(TIMING.lease_ms)
        await other.sync_once()
        await other.sync_once(aggregates=aggregates(32))
        late = await worker.sync_once(aggregates=aggregates(31))
        assert late.snapshot is not None and late.snapshot.aggregates == aggregates(32)

    async def test_where_nothing_is_known_anybody_may_say_what_they_knew(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        assert (await worker.sync_once()).grant.read_aggregates
        said = await other.sync_once(aggregates=aggregates(31))
        assert said.snapshot is not None and said.snapshot.aggregates == aggregates(31)


class RetryContract:
    """Rules 1 to 3: nothing is applied twice, nothing is lost."""

    async def test_a_report_whose_answer_was_lost_is_repeated_without_harm(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        socket = worker.open("ana")
        await worker.sync_once(answered=False)
        worker.open("ben")
        await worker.sync_once(answered=False)
        worker.close(socket)
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await numbers(harness) == (0, 1, 1)

    async def test_a_report_that_never_arrived_is_made_up_for(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.unsent()
        await worker.sync()
        assert await numbers(harness) == (0, 1, 1)

    async def test_a_late_or_repeated_report_applies_nothing_and_is_answered(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        socket = worker.open("ana")
        await worker.sync_once()
        late = worker.sent[-1]
        worker.close(socket)
        await worker.sync_once()
        answer = await harness.presence.sync(late)
        assert not answer.lease.resync
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await numbers(harness) == (0, 0, 0)

    async def test_a_worker_that_was_taken_away_is_asked_for_its_whole_share(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", "7")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        assert await numbers(harness) == (0, 0, 0)
        answer = await worker.sync_once()
        assert answer.lease.resync
        await worker.sync()
        assert await numbers(harness) == (1, 0, 1)

    async def test_the_chunks_of_a_resync_become_visible_together(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        other.open("ben")
        await other.sync()
        for number in range(2 * MAX_CHANGES + 10):
            worker.open(f"v{number}")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        while (await other.sync_once()).lease.more:
            pass
        assert await numbers(harness) == (0, 1, 1)
        seen = set()
        while True:
            answer = await worker.sync_once()
            seen.add(await numbers(harness))
            if not (answer.lease.resync or worker.share.is_behind):
                break
        everybody = 2 * MAX_CHANGES + 11
        assert seen == {(0, 1, 1), (0, everybody, everybody)}

    async def test_half_a_resync_is_begun_again(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        sockets = [worker.open(f"v{number}") for number in range(MAX_CHANGES + 10)]
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        await worker.sync_once(answered=False)
        for socket in sockets[:5]:
            worker.close(socket)
        await worker.sync()
        while (await other.sync_once()).lease.more:
            pass
        await pass_time(harness, TIMING.linger_ms, [worker, other])
        assert await numbers(harness) == (0, MAX_CHANGES + 5, MAX_CHANGES + 5)

    async def test_who_left_while_half_a_resync_was_lost_is_not_kept(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        sockets = [worker.open(f"v{number}") for number in range(MAX_CHANGES + 10)]
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        half = worker.share.next_report(seen=worker.seen, aggregates=None, events=True)
        await harness.presence.sync(half)
        for socket in sockets[:5]:
            worker.close(socket)
        worker.share.handle_failure()
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker, other])
        assert await numbers(harness) == (0, MAX_CHANGES + 5, MAX_CHANGES + 5)

    async def test_half_a_resync_holds_the_numbers_up_for_one_heartbeat_at_most(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_CHANGES + 10):
            worker.open(f"v{number}")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        await worker.sync_once()
        other.open("ben")
        assert (await other.sync()).lease.due_in_ms == TIMING.heartbeat_ms
        assert await numbers(harness) == (0, 0, 0)
        await pass_time(harness, TIMING.heartbeat_ms, [other])
        assert await numbers(harness) == (0, MAX_CHANGES + 1, MAX_CHANGES + 11)

    async def test_a_worker_that_dies_in_the_middle_of_a_resync_holds_up_nothing_more(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_CHANGES + 10):
            worker.open(f"v{number}")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        await worker.sync_once()
        await pass_time(harness, TIMING.heartbeat_ms, [other])
        other.open("ben")
        answer = await other.sync_once()
        assert answer.snapshot is not None and answer.snapshot.anonymous == MAX_CHANGES + 1
        assert answer.joined == (visitor_key("ben"),)
        assert answer.lease.due_in_ms == TIMING.interval_ms, (
            "the wait for it is over, and nothing to be told of"
        )
        await pass_time(harness, TIMING.lease_ms, [other])
        assert await numbers(harness) == (0, 1, 1)

    async def test_half_a_resync_holds_nothing_up_when_its_worker_drains(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_CHANGES + 10):
            worker.open(f"v{number}")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        await worker.sync_once()
        await worker.sync_once()
        await harness.presence.drain(worker.name, worker.share.seq + 1, 9_000)
        assert await numbers(harness) == (0, MAX_CHANGES, 0)


class DeathContract:
    """Rules 4 to 6: kills, pauses, data loss, drains."""

    async def test_a_killed_workers_people_are_gone_when_its_lease_has_run_out(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        worker.open("both")
        other.open("both")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms - 2_500, [other])
        assert await numbers(harness) == (0, 2, 3)
        answer = await other.sync_once()
        assert answer.lease.due_in_ms == 2_500, "the worker is told when the next lease runs out"
        harness.advance(2_500)
        await other.sync_once()
        assert await numbers(harness) == (0, 1, 1)

    async def test_a_worker_is_told_when_the_next_of_those_who_linger_runs_out(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        first, second = worker.open("ana"), worker.open("ben", "7")
        await worker.sync()
        worker.close(first)
        await worker.sync()
        harness.advance(1_000)
        worker.close(second)
        answer = await worker.sync()
        assert answer.lease.due_in_ms == TIMING.linger_ms - 1_000
        harness.advance(TIMING.linger_ms - 1_000)
        answer = await worker.sync()
        assert answer.lease.due_in_ms == 1_000

    async def test_a_large_dead_worker_is_taken_away_in_bounded_steps(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        for number in range(MAX_REMOVALS * 2 + 1):
            worker.open(f"v{number}", f"u{number % 7}")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms - 2_500, [other])
        harness.advance(2_500)
        steps, connections = 0, set()
        while (answer := await other.sync_once()).lease.more:
            steps += 1
            assert answer.snapshot is not None
            connections.add(answer.snapshot.connections)
            assert answer.snapshot.anonymous == 0, "a half-removed person shows as anonymous"
        assert steps >= 2
        assert connections == {0}, "its connections go in the first step"
        assert await numbers(harness) == (0, 0, 0)

    async def test_a_worker_that_dies_again_while_it_is_taken_away_leaves_nobody_behind(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        sockets = [worker.open(f"v{number}") for number in range(5 * MAX_REMOVALS)]
        await worker.sync()
        for _ in range(2):
            harness.advance(TIMING.lease_ms // 2)
            await other.sync_once()
        assert (await worker.sync_once()).lease.resync
        assert (await worker.sync_once(answered=False)).lease.more
        for each in sockets:
            worker.close(each)
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker, other])
        assert await numbers(harness) == (0, 0, 0)

    async def test_a_pause_of_everybody_takes_nobody_away(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        moving = worker.open("ben")
        other.open("eve", "7")
        await worker.sync()
        await other.sync()
        worker.close(moving)
        await worker.sync()
        other.open("ben")
        worker.left.clear()
        harness.advance(60_000)
        await worker.sync()
        assert await numbers(harness) == (1, 2, 2)
        await other.sync()
        await pass_time(harness, TIMING.lease_ms * 2, [worker, other])
        assert await numbers(harness) == (1, 2, 3)
        assert worker.left == other.left == []

    async def test_reading_the_numbers_after_a_pause_takes_nobody_away(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        harness.advance(60_000)
        assert await numbers(harness) == (0, 1, 1)
        assert not (await worker.sync_once()).lease.resync

    async def test_who_died_during_a_pause_is_gone_one_lease_later(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        await other.sync()
        harness.advance(60_000)
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        assert await numbers(harness) == (0, 0, 0)

    async def test_after_data_loss_nobody_shows_a_partial_count(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        other.open("ben")
        await worker.sync()
        await other.sync()
        before = other.seen
        await harness.lose_data()
        answer = await worker.sync()
        assert answer.snapshot is None
        assert await harness.presence.snapshot() is None
        await other.sync()
        harness.advance(TIMING.heartbeat_ms)
        answer = await other.sync_once()
        assert answer.snapshot is not None and answer.snapshot.version > before
        assert await numbers(harness) == (0, 2, 2)

    async def test_the_first_to_notice_data_loss_is_to_tell_the_others(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        await other.sync()
        await harness.lose_data()
        first = await worker.sync_once()
        assert first.grant.publish and first.snapshot is None and first.lease.epoch
        assert not (await other.sync_once()).grant.publish

    async def test_everybody_in_turn_notices_one_data_loss_only_once(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        await other.sync_once(aggregates=aggregates(5))
        await harness.lose_data()
        first = await worker.sync()
        second = await other.sync()
        assert first.lease.epoch == second.lease.epoch == (await worker.sync()).lease.epoch
        harness.advance(TIMING.heartbeat_ms)
        assert (await other.sync()).lease.epoch == first.lease.epoch

    async def test_an_old_backup_is_noticed_and_replaced(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        old = worker.open("old")
        await worker.sync()
        await other.sync()
        backup = await harness.save()
        worker.close(old)
        worker.open("ana")
        other.open("ben")
        await worker.sync()
        await other.sync()
        before = other.seen
        await harness.restore(backup)
        answer = await worker.sync()
        assert answer.snapshot is None
        await other.sync()
        await pass_time(harness, TIMING.heartbeat_ms, [worker, other])
        assert await numbers(harness) == (0, 2, 2)
        assert other.seen > before

    async def test_a_backup_with_the_same_numbers_is_noticed_by_the_sequence(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        tab, elsewhere = worker.open("ana"), other.open("ana")
        worker.open("ben")
        await worker.sync()
        await other.sync()
        await worker.sync()
        backup, version = await harness.save(), worker.seen
        worker.close(tab)
        worker.open("ben")
        await worker.sync()
        assert worker.seen == version, "the numbers are the same, and so is the version"
        await harness.restore(backup)
        await worker.sync()
        other.close(elsewhere)
        await other.sync()
        await pass_time(harness, TIMING.heartbeat_ms + TIMING.linger_ms, [worker, other])
        assert await numbers(harness) == (0, 1, 2)

    async def test_an_old_backup_is_noticed_by_the_version_that_others_have_seen(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        await other.sync()
        backup = await harness.save()
        other.open("ben")
        await other.sync()
        await harness.restore(backup)
        worker.seen = other.seen
        assert (await worker.sync()).snapshot is None, "ben's absence was shown as live"

    async def test_a_backup_from_before_an_earlier_loss_is_replaced(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        backup = await harness.save()
        await harness.lose_data()
        worker.open("ben")
        await worker.sync()
        await harness.restore(backup)
        await worker.sync()
        await pass_time(harness, 2 * TIMING.heartbeat_ms, [worker])
        assert await numbers(harness) == (0, 2, 2)

    async def test_with_a_clock_set_back_who_is_gone_goes_and_publishing_goes_on(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        other.open("ben")
        await worker.sync()
        await other.sync()
        harness.advance(-3_600_000)
        await pass_time(harness, TIMING.lease_ms + TIMING.heartbeat_ms, [other])
        assert await numbers(harness) == (0, 1, 1)
        third = SimulatedWorker("worker-3", harness.presence)
        third.open("cleo")
        assert (await third.sync()).grant.publish

    async def test_the_people_of_a_drained_worker_linger_as_long_as_was_asked(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", "7")
        worker.open("ben")
        await worker.sync()
        await other.sync()
        while await harness.presence.drain(worker.name, worker.share.seq + 1, 9_000):
            pass
        assert await numbers(harness) == (1, 1, 0)
        await pass_time(harness, 7_500, [other])
        other.open("ben")
        await other.sync()
        await pass_time(harness, 2_500, [other])
        assert await numbers(harness) == (0, 1, 1)

    async def test_a_report_in_flight_does_not_bring_a_drained_worker_back(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        late = worker.share.next_report(seen=worker.seen, aggregates=None, events=True)
        while await harness.presence.drain(worker.name, late.seq + 1, 1_000):
            pass
        assert (await harness.presence.sync(late)).lease.drained
        await pass_time(harness, 2_500, [other])
        assert await numbers(harness) == (0, 0, 0)

    @pytest.mark.parametrize("first", [True, False])
    @pytest.mark.parametrize("loss", ["cleared", "noticed", "clock"])
    async def test_a_drained_worker_stays_refused_in_a_new_epoch(
        self,
        worker: SimulatedWorker,
        other: SimulatedWorker,
        harness: Harness,
        loss: str,
        first: bool,
    ) -> None:
        await other.sync()
        if not first:
            await worker.sync()
        worker.open("ana")
        late = worker.share.next_report(seen=worker.seen, aggregates=None, events=True)
        await harness.presence.drain(worker.name, late.seq + 1, 1_000)
        if loss == "cleared":
            await harness.presence.clear()
        elif loss == "clock":
            harness.advance(-3_600_000)
        else:
            other.seen += 10**9
        assert (await other.sync()).snapshot is None
        assert (await harness.presence.sync(late)).lease.drained
        await pass_time(harness, TIMING.heartbeat_ms, [other])
        assert await numbers(harness) == (0, 0, 0)

    async def test_a_large_worker_drains_in_bounded_steps_without_a_dip(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        people = MAX_REMOVALS * 2 + 5
        for number in range(people):
            worker.open(f"v{number}")
        await worker.sync()
        steps = 1
        while await harness.presence.drain(worker.name, worker.share.seq + 1, 9_000):
            steps += 1
            assert await numbers(harness) == (0, people, 0)
        assert steps >= 3

    async def test_a_long_signed_in_mark_does_not_outlive_its_browser(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", "7")
        await worker.sync()
        await harness.presence.drain(worker.name, worker.share.seq + 1, 60_000)
        tab = other.open("ana")
        await other.sync()
        other.close(tab)
        await other.sync()
        await pass_time(harness, 10_000, [other])
        assert await numbers(harness) == (1, 0, 0)
        other.open("ana")
        await other.sync()
        assert await numbers(harness) == (1, 0, 1), "the user still lingers: one person"
        harness.advance(TIMING.lease_ms)
        third = SimulatedWorker("worker-3", harness.presence)
        await third.sync()
        await pass_time(harness, TIMING.lease_ms, [third])
        assert await numbers(harness) == (1, 0, 0), "a reaped browser left its mark behind"
        await pass_time(harness, 40_000, [third])
        assert await numbers(harness) == (0, 0, 0)

    async def test_many_who_linger_end_in_bounded_steps_and_nobody_shows_twice(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        sockets = [worker.open(f"v{number}", f"u{number}") for number in range(MAX_REMOVALS + 500)]
        await worker.sync()
        for each in sockets:
            worker.close(each)
        while worker.share.has_changes:
            await worker.sync()
        harness.advance(TIMING.linger_ms)
        steps = 1
        while (answer := await worker.sync_once()).lease.more:
            steps += 1
            assert answer.snapshot is not None and answer.snapshot.anonymous == 0
        assert steps >= 2
        assert await numbers(harness) == (0, 0, 0)


class PublishContract:
    """Rules 7 and 8: versions, and one publish per interval."""

    async def test_an_unchanged_snapshot_keeps_its_version_and_is_read_anew(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        first = (await worker.sync()).snapshot
        harness.advance(1_000)
        second = (await worker.sync()).snapshot
        assert first is not None and second is not None
        assert second.version == first.version
        assert second.as_of_ms >= first.as_of_ms + 1_000

    async def test_a_version_is_at_least_the_time_and_above_what_was_seen(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        first = (await worker.sync()).snapshot
        assert first is not None and abs(first.version - first.as_of_ms) <= 1
        future = first.version + 10**9
        report = Report(worker="another", seq=1, acked=0, seen=future)
        answer = (await harness.presence.sync(report)).snapshot
        assert answer is not None and answer.version > future

    async def test_one_worker_per_interval_publishes_and_the_last_value_goes_out(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        harness.advance(TIMING.interval_ms)
        await worker.sync()
        harness.advance(TIMING.interval_ms)
        published: list[Snapshot | None] = []
        for number in range(10):
            each = (worker, other)[number % 2]
            each.open(f"v{number}")
            answer = await each.sync_once()
            if answer.grant.publish:
                published.append(answer.snapshot)
        assert len(published) == 1
        assert answer.lease.due_in_ms is not None and answer.lease.due_in_ms <= TIMING.interval_ms
        harness.advance(TIMING.interval_ms)
        answer = await other.sync_once()
        assert answer.grant.publish and answer.snapshot is not None
        assert answer.snapshot.people == 10

    async def test_who_is_alone_publishes_nothing_and_the_next_to_come_makes_it_public(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        await pass_time(harness, 2 * TIMING.heartbeat_ms, [worker])
        for number in range(3):
            worker.open(f"v{number}")
            answer = await worker.sync_once()
            assert not answer.grant.publish and answer.snapshot is not None
            assert (
                answer.lease.due_in_ms is not None and answer.lease.due_in_ms > TIMING.interval_ms
            )
            harness.advance(TIMING.interval_ms)
        answer = await other.sync_once()
        assert answer.snapshot is not None and answer.snapshot.people == 3
        other.open("late")
        answer = await other.sync_once()
        assert answer.grant.publish and answer.snapshot is not None
        assert answer.snapshot.people == 4

    async def test_clearing_counts_everybody_again_and_versions_go_on(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        before = worker.seen
        await harness.presence.clear()
        assert await harness.presence.snapshot() is None
        await worker.sync()
        harness.advance(TIMING.heartbeat_ms)
        answer = await worker.sync()
        assert answer.snapshot is not None and answer.snapshot.version > before
        assert await numbers(harness) == (0, 1, 1)

    async def test_a_version_ahead_of_the_time_is_not_forgotten_with_the_data(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        await worker.sync()
        future = worker.seen + 10**9
        worker.seen = future
        await worker.sync()
        await harness.presence.clear()
        third = SimulatedWorker("worker-3", harness.presence)
        await third.sync()
        harness.advance(TIMING.heartbeat_ms)
        await third.sync()
        assert third.seen > future

    async def test_clearing_drops_those_who_linger_too(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana", "7")
        await worker.sync()
        await harness.presence.drain(worker.name, worker.share.seq + 1, 60_000)
        await harness.presence.clear()
        await other.sync()
        harness.advance(TIMING.heartbeat_ms)
        await other.sync()
        assert await numbers(harness) == (0, 0, 0)


class EventsContract:
    """Who began and who ceased to count, told to the one worker whose report did it."""

    async def test_arrivals_and_departures_are_told_once(
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

    async def test_who_was_on_a_drained_worker_is_told_of_once_it_lingers_no_longer(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        worker.open("ben", "7")
        await worker.sync()
        await other.sync()
        await harness.presence.drain(worker.name, worker.share.seq + 1, 1_000)
        await other.sync()
        assert other.joined == other.left == []
        harness.advance(1_000)
        await other.sync()
        await other.sync()
        assert other.joined == []
        assert sorted(other.left) == sorted([visitor_key("ana"), user_key("7")])

    async def test_nobody_is_told_of_during_a_resync(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        await pass_time(harness, TIMING.lease_ms + 2_500, [other])
        assert other.left == [visitor_key("ana")]
        worker.joined.clear()
        await worker.sync()
        assert worker.joined == []

    async def test_nobody_is_told_of_while_the_numbers_wait_for_a_resync(
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

    async def test_nobody_is_told_of_while_an_epoch_settles(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        await harness.presence.clear()
        worker.open("ana")
        await worker.sync()
        assert worker.joined == []

    async def test_who_does_not_ask_is_told_of_nobody(self, harness: Harness) -> None:
        ana = [Change(visitor_key("ana"), True)]
        report = Report(worker="w", seq=1, acked=0, changes=ana, events=False)
        assert (await harness.presence.sync(report)).joined == ()

    async def test_nobody_is_told_of_by_a_report_that_begins_a_resync(
        self, harness: Harness
    ) -> None:
        ana = [Change(visitor_key("ana"), True)]
        report = Report(worker="w", seq=1, acked=0, changes=ana, begin=True, events=True)
        assert (await harness.presence.sync(report)).joined == ()


class OperatorContract:
    """What an operator sees."""

    async def test_an_inspection_shows_shares_leases_and_lingering(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        gone = worker.open("ben")
        worker.open("ana", "7")
        await worker.sync()
        worker.close(gone)
        await worker.sync()
        harness.advance(1_000)
        seen = await harness.presence.inspect()
        (share,) = seen.workers
        assert (share.worker, share.visitors, share.signed, share.users) == (worker.name, 1, 1, 1)
        assert share.connections == 1
        assert TIMING.lease_ms - 2_000 < share.lease_ms <= TIMING.lease_ms - 1_000
        assert {kind.name: count for kind, count in seen.lingering.items()} == {
            "VISITOR": 1,
            "SIGNED": 0,
            "USER": 0,
        }
        assert seen.settling_ms == 0 and seen.reaping == 0
        assert seen.snapshot is not None and seen.snapshot.people == 2

    async def test_the_salt_is_shared_within_a_day_and_new_on_the_next(
        self, harness: Harness
    ) -> None:
        today = await harness.presence.daily_salt("2026-01-31")
        assert len(today) == 32
        assert await harness.presence.daily_salt("2026-01-31") == today
        tomorrow = await harness.presence.daily_salt("2026-02-01")
        assert tomorrow != today
        assert await harness.presence.daily_salt("2026-01-31") == today
        assert await harness.presence.daily_salt("2026-02-01") == tomorrow


class PresenceContract(
    CountingContract,
    RetryContract,
    DeathContract,
    PublishContract,
    EventsContract,
    OperatorContract,
):
    """All of it, for one backend."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def worker(self, harness: Harness) -> SimulatedWorker:
        return SimulatedWorker("worker-1", harness.presence)

    @pytest.fixture
    def other(self, harness: Harness) -> SimulatedWorker:
        return SimulatedWorker("worker-2", harness.presence)
