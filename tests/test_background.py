from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from landing import background, conf
from landing.analytics import recording
from landing.background import BackgroundTasks
from landing.live.feed import Item, Removed
from landing.live.registry import Registry
from landing.models import Analytics, ServingProcess
from tests.background_harness import NOON, Clock
from tests.live.worker_harness import FakeConnection, WorkerHarness

pytestmark = pytest.mark.each_database


@pytest.fixture
def clock() -> Clock:
    return Clock()


def reads(*results: list[Item] | Exception) -> Callable[[], Awaitable[list[Item]]]:
    """Return a read of the activities table with these results; the last one repeats."""
    remaining = list(results)

    async def read() -> list[Item]:
        result = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        if isinstance(result, Exception):
            raise result
        return result

    return read


@pytest.mark.django_db(transaction=True)
async def test_dwell_rows_are_recorded_at_multiples_of_the_interval(
    clock: Clock,
) -> None:
    worker = WorkerHarness().worker
    worker.connections().add(FakeConnection("ana"))
    tasks = BackgroundTasks(clock)
    assert tasks.dwell_due_at == datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
    clock.now = datetime(2026, 1, 31, 12, 5, 0, 300, tzinfo=UTC)
    await tasks.record_dwell(worker)
    assert tasks.dwell_due_at == datetime(2026, 1, 31, 12, 10, tzinfo=UTC)
    # After a suspend, the connections in the meantime are unknown.
    clock.now = datetime(2026, 1, 31, 13, 12, tzinfo=UTC)
    await tasks.record_dwell(worker)
    await database_sync_to_async(recording.writer.flush)()

    times = [each.created_at async for each in Analytics.objects.order_by("created_at")]
    assert times == [
        datetime(2026, 1, 31, 12, 5, tzinfo=UTC),
        datetime(2026, 1, 31, 13, 10, tzinfo=UTC),
    ]


async def test_the_dwell_loop_waits_until_rows_are_due_and_stops_with_the_tasks(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: asyncio.Future[datetime] = asyncio.get_running_loop().create_future()

    async def record(registry: Registry, at: datetime) -> int:
        recorded.set_result(at)
        return 0

    monkeypatch.setattr("landing.analytics.dwell_rows.record", record)
    monkeypatch.setattr("landing.background._read_newest_activities", reads([]))
    clock.now = datetime(2026, 1, 31, 12, 4, 59, 950_000, tzinfo=UTC)
    tasks = BackgroundTasks(clock)
    tasks.start(WorkerHarness().worker)
    await asyncio.sleep(0)
    assert not recorded.done()
    clock.now += timedelta(milliseconds=60)
    assert await asyncio.wait_for(recorded, 5) == datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
    tasks.stop()
    await tasks.wait()


ITEMS = [Item(id, "signup", "joined", "Ana", 1_769_860_800_000 + id) for id in (1, 2)]


async def test_the_feed_is_read_at_start_and_on_each_heartbeat(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("landing.background._read_newest_activities", reads(ITEMS[:1], ITEMS))
    worker = WorkerHarness().worker
    tasks = BackgroundTasks(clock)
    tasks.start(worker)
    await tasks.wait_for_first_reads()
    assert [item.id for item in worker.feed_items()] == [1]
    assert tasks._feed_due_unix() == NOON.timestamp() + conf.read().LANDING_HEARTBEAT_SECONDS
    await tasks.refresh_feed(worker)
    assert [item.id for item in worker.feed_items()] == [2, 1]
    tasks.stop()
    await tasks.wait()


async def test_a_database_error_keeps_the_feed_and_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "landing")
    gone = OperationalError("gone")
    monkeypatch.setattr(
        "landing.background._read_newest_activities", reads(ITEMS, gone, gone, ITEMS)
    )
    worker, tasks = WorkerHarness().worker, BackgroundTasks()
    for _ in range(4):
        await tasks.refresh_feed(worker)
        assert [item.id for item in worker.feed_items()] == [2, 1]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


async def test_a_read_is_discarded_if_a_message_arrived_during_it(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    worker, tasks = WorkerHarness().worker, BackgroundTasks(clock)
    worker.reconcile_feed(ITEMS[:1])

    async def read() -> list[Item]:
        worker.parts.broadcaster.receive_activity(ITEMS[1])
        return ITEMS[:1]

    monkeypatch.setattr("landing.background._read_newest_activities", read)
    await tasks.refresh_feed(worker)
    assert [item.id for item in worker.feed_items()] == [2, 1]
    assert tasks._feed_due_unix() == NOON.timestamp(), "it reads again at once"


async def test_a_read_is_discarded_if_one_of_its_items_was_removed_during_it(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    worker, tasks = WorkerHarness().worker, BackgroundTasks(clock)
    worker.reconcile_feed([])

    async def read() -> list[Item]:
        # The message that published this item was lost.
        worker.parts.broadcaster.receive_activity(Removed(ITEMS[0].id))
        return ITEMS[:1]

    monkeypatch.setattr("landing.background._read_newest_activities", read)
    await tasks.refresh_feed(worker)
    assert worker.feed_items() == ()
    assert tasks._feed_due_unix() == NOON.timestamp(), "it reads again at once"


@pytest.mark.django_db(transaction=True)
async def test_a_claim_returns_the_other_process_that_it_replaces() -> None:
    claims = [await background.claim_presence(process) for process in "aabbaab"]
    assert claims == [None, None, "a", None, "b", None, "a"]
    assert await ServingProcess.objects.acount() == 1


@pytest.mark.django_db(transaction=True)
async def test_a_process_that_is_alone_claims_with_one_query() -> None:
    await background.claim_presence("a")

    @database_sync_to_async
    def count_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            ServingProcess.objects.claim("a")
        return len(queries)

    assert await count_queries() == 1


async def test_a_claim_without_a_database_finds_no_other_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(process: str) -> str | None:
        raise OperationalError("no connection")

    monkeypatch.setattr(background, "_claim_presence", fail)
    assert await background.claim_presence("a") is None
