"""The graceful shutdown of a worker."""

from __future__ import annotations

import pytest

from landing.live.reconnect_spread import FAILED_ATTEMPT_MS, MIN_SPREAD_MS
from tests.live.worker_harness import WorkerHarness


async def test_draining_closes_with_1001_and_keeps_people_for_the_grace_period(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.advance(1)
    await harness.worker.stop()
    harness.worker.disconnect(connection)
    assert connection.close_codes == [1001]
    assert harness.presence.drained == [MIN_SPREAD_MS + FAILED_ATTEMPT_MS + 5000]
    snapshot = await harness.presence.snapshot()
    assert snapshot is not None and (snapshot.people, snapshot.connections) == (1, 0)
    harness.clock.seconds += (MIN_SPREAD_MS + FAILED_ATTEMPT_MS + 5100) / 1000
    snapshot = await harness.presence.snapshot()
    assert snapshot is not None and snapshot.people == 0


async def test_a_person_who_joined_after_the_last_report_is_kept_by_the_drain(
    harness: WorkerHarness,
) -> None:
    await harness.connect("ana")
    newest = await harness.connect("ben")
    stopping = harness.worker.stop()
    harness.worker.disconnect(newest)  # the server closes its connections at the same time
    await stopping
    snapshot = await harness.presence.snapshot()
    assert snapshot is not None and snapshot.people == 2


async def test_a_connection_that_cannot_be_closed_does_not_prevent_the_drain(
    harness: WorkerHarness,
) -> None:
    async def raise_reset(code: int) -> None:
        raise ConnectionResetError

    first, second = await harness.connect("ana"), await harness.connect("ben")
    first.close = raise_reset
    await harness.worker.stop()
    assert second.close_codes == [1001]
    assert harness.presence.drained


async def test_stays_that_end_with_the_last_report_are_passed_on(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    ana, ben = await harness.connect("ana"), await harness.connect("ben")
    await harness.advance(20)
    harness.worker.disconnect(ana)
    await harness.advance(1)
    harness.clock.seconds += 5
    harness.worker.disconnect(ben)
    assert harness.stays == []

    await harness.worker.stop()

    assert harness.stays == [pytest.approx(20_000, abs=300)]


async def test_stopping_twice_closes_each_connection_once(harness: WorkerHarness) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    await harness.worker.stop()
    await harness.worker.stop()
    assert connection.close_codes == [1001]


async def test_a_connection_that_opens_after_the_drain_is_closed_with_1001(
    harness: WorkerHarness,
) -> None:
    await harness.run_due_steps()
    await harness.worker.stop()
    connection = await harness.connect("ana")
    assert connection.close_codes == [1001]
    assert connection.frames == []


async def test_a_drain_without_a_backend_logs_one_line(
    harness: WorkerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    await harness.run_due_steps()
    connection = await harness.connect("ana")
    harness.presence.is_unavailable = True
    await harness.worker.stop()
    assert connection.close_codes == [1001]
    assert len([r for r in caplog.records if r.name.startswith("landing")]) == 1
