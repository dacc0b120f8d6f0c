from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from landing import background, conf
from landing.analytics import recording, retention
from landing.analytics.retention import Task, Work
from landing.background import BackgroundTasks
from landing.dates import unix_minute
from landing.live.current_snapshot import Source, SourcedSnapshot
from landing.live.feed import Item, Removed
from landing.live.presence.contract import Snapshot
from landing.live.registry import Registry
from landing.models import Analytics, CountSample, ServingProcess
from tests.analytics.rows import sample
from tests.live.presence.simulation import aggregates
from tests.live.worker_harness import FakeConnection, WorkerHarness

pytestmark = pytest.mark.each_database

NOON = datetime(2026, 1, 31, 12, 0, 20, tzinfo=UTC)
SHOWN = SourcedSnapshot(
    Snapshot(4, 13, 23, version=7, as_of_ms=1_769_860_800_123, aggregates=aggregates(9)),
    Source.LIVE,
)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pruned(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Return the times at which pruning started."""
    starts: list[datetime] = []

    def prune(now: datetime, days: int) -> Iterator[Work]:
        starts.append(now)
        yield Work(Task.DWELL_ROWS, 5000)
        yield Work(Task.DWELL_ROWS, 17)
        yield Work(Task.SAMPLES, 60, 1)

    monkeypatch.setattr(retention, "prune", prune)
    return starts


def reads(*results: list[Item] | Exception) -> Callable[[], Awaitable[list[Item]]]:
    """Return a read of the activities table with these results; the last one repeats."""
    remaining = list(results)

    async def read() -> list[Item]:
        result = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        if isinstance(result, Exception):
            raise result
        return result

    return read


async def sample_now(tasks: BackgroundTasks, sourced: SourcedSnapshot | None = SHOWN) -> None:
    """Sample as after a granted read of the aggregates, and wait for what follows."""
    tasks.sample_soon(sourced, sourced.snapshot.aggregates if sourced else None)
    await tasks.wait()


@pytest.mark.django_db(transaction=True)
async def test_the_first_read_of_a_minute_writes_its_sample(
    clock: Clock, pruned: list[datetime]
) -> None:
    one, two = BackgroundTasks(clock), BackgroundTasks(clock)
    await sample_now(one)
    await sample_now(two)
    clock.now += timedelta(seconds=30)
    await sample_now(one)
    clock.now += timedelta(seconds=30)
    await sample_now(two)

    found = [each async for each in CountSample.objects.order_by("minute")]
    assert [each.minute - unix_minute(NOON) for each in found] == [0, 1]
    assert (found[0].people, found[0].connections, found[0].active) == (17, 23, 17)
    assert (found[0].peak_people, found[0].minutes, found[0].is_demo) == (17, 1, False)


@pytest.mark.django_db(transaction=True)
async def test_a_rise_within_a_minute_raises_the_peak_of_its_sample(
    clock: Clock, pruned: list[datetime]
) -> None:
    def showing(people: int) -> SourcedSnapshot:
        return SHOWN._replace(snapshot=replace(SHOWN.snapshot, anonymous=people, signed_in=0))

    one, two = BackgroundTasks(clock), BackgroundTasks(clock)
    for tasks, people in ((one, 17), (two, 40), (one, 30), (one, 50), (two, 45)):
        await sample_now(tasks, showing(people))

    found = await CountSample.objects.aget()
    assert (found.people, found.peak_people) == (17, 50)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shown", [None, SourcedSnapshot(SHOWN.snapshot, Source.STALE)])
async def test_counts_that_are_not_live_are_not_sampled(
    clock: Clock, shown: SourcedSnapshot | None
) -> None:
    await sample_now(BackgroundTasks(clock), shown)

    assert not await CountSample.objects.aexists()


@pytest.mark.django_db(transaction=True)
async def test_a_failed_sample_is_written_again_in_the_same_minute(
    clock: Clock, pruned: list[datetime], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def refuse(*arguments: object, **numbers: object) -> bool:
        raise OperationalError("the server is gone")

    tasks = BackgroundTasks(clock)
    with monkeypatch.context() as patch:
        patch.setattr("landing.analytics.samples.record_sample", refuse)
        await sample_now(tasks)
        await sample_now(tasks)
    await sample_now(tasks)

    assert await CountSample.objects.acount() == 1
    lines = [each.levelname for each in caplog.records if each.name == background.__name__]
    assert lines[:2] == ["ERROR", "WARNING"]


@pytest.mark.django_db(transaction=True)
async def test_the_worker_that_writes_the_first_sample_of_a_day_prunes(
    clock: Clock, pruned: list[datetime], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await database_sync_to_async(sample)(NOON - timedelta(days=1))
    await database_sync_to_async(sample)(NOON - timedelta(hours=1), is_demo=True)
    one, two = BackgroundTasks(clock), BackgroundTasks(clock)
    for _ in range(2):
        for tasks in (one, two):
            await sample_now(tasks)
        clock.now += timedelta(minutes=1)

    assert pruned == [NOON]
    assert "Pruned 5017 dwell rows, 60 samples" in caplog.text
    clock.now += timedelta(days=1)
    await sample_now(two)
    assert len(pruned) == 2


@pytest.mark.django_db(transaction=True)
async def test_a_setting_turns_pruning_off(
    clock: Clock, pruned: list[datetime], settings: Any
) -> None:
    settings.LANDING_PRUNE_DAILY = False
    tasks = BackgroundTasks(clock)
    await sample_now(tasks)

    assert pruned == []


@pytest.mark.django_db(transaction=True)
async def test_a_database_error_ends_the_pruning_of_the_day(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def prune(now: datetime, days: int) -> Iterator[Work]:
        yield Work(Task.PAGE_VIEWS, 5000)
        raise OperationalError("the server is gone")

    monkeypatch.setattr(retention, "prune", prune)
    tasks = BackgroundTasks(clock)
    await sample_now(tasks)

    assert "will resume tomorrow" in caplog.text
    assert "Pruned 5000 page views" in caplog.text


@pytest.mark.django_db(transaction=True)
async def test_stop_ends_pruning_between_two_batches(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = asyncio.Event()
    done = 0

    def prune(now: datetime, days: int) -> Iterator[Work]:
        nonlocal done
        while True:
            done += 1
            loop.call_soon_threadsafe(batch.set)
            yield Work(Task.PAGE_VIEWS, 1)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(retention, "prune", prune)
    tasks = BackgroundTasks(clock)
    tasks.sample_soon(SHOWN, None)
    await batch.wait()
    tasks.stop()
    await tasks.wait()
    before = done
    await asyncio.sleep(0.05)
    assert done == before


@pytest.mark.django_db(transaction=True)
async def test_an_unexpected_error_of_pruning_is_logged(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def prune(now: datetime, days: int) -> Iterator[Work]:
        raise RuntimeError("a bug")
        yield

    monkeypatch.setattr(retention, "prune", prune)
    tasks = BackgroundTasks(clock)
    await sample_now(tasks)
    await asyncio.sleep(0)

    assert "A background task failed" in caplog.text
    assert "a bug" in caplog.text


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
