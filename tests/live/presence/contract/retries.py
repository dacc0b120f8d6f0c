"""Retries (rules 1 and 2): no report is applied twice, and none is lost."""

from __future__ import annotations

from tests.live.presence.simulation import TIMING, Harness, SimulatedWorker, pass_time, read_counts


class RetryContract:
    async def test_a_report_with_a_lost_answer_is_repeated_without_harm(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        socket = worker.open("ana")
        await worker.sync_once(answered=False)
        worker.open("ben")
        await worker.sync_once(answered=False)
        worker.close(socket)
        await worker.sync()
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await read_counts(harness) == (0, 1, 1)

    async def test_the_next_report_replaces_one_that_never_arrived(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        worker.open("ana")
        await worker.lose_report()
        await worker.sync()
        assert await read_counts(harness) == (0, 1, 1)

    async def test_a_late_or_repeated_report_is_answered_but_not_applied(
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
        assert await read_counts(harness) == (0, 0, 0)
