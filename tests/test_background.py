from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError

from landing import background, conf
from landing.analytics import recording, retention
from landing.analytics.retention import Task, Work
from landing.background import BackgroundTasks
from landing.dates import unix_minute
from landing.live.feed import Item, Removed
from landing.live.frames import Source, SourcedSnapshot
from landing.live.presence.contract import Snapshot
from landing.live.registry import Registry
from landing.models import Analytics, CountSample
from tests.analytics.rows import sample
from tests.live.presence.simulation import aggregates
from tests.live.runtime import Bench, Tab

NOON = datetime(2026, 1, 31, 12, 0, 20, tzinfo=UTC)
SHOWN = SourcedSnapshot(
    Snapshot(4, 13, 23, version=7, as_of_ms=1_769_860_800_123, aggregates=aggregates(31)),
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
    """When pruning began."""
    begun: list[datetime] = []

    def batches(now: datetime, days: int) -> Iterator[Work]:
        begun.append(now)
        yield Work(Task.HEARTBEATS, 5000)
        yield Work(Task.HEARTBEATS, 17)
        yield Work(Task.SAMPLES, 60, 1)

    monkeypatch.setattr(retention, "batches", batches)
    return begun


def newest(*readings: list[Item] | Exception) -> Callable[[], Awaitable[list[Item]]]:
    """What each look at the table of activities finds; the last one again and again."""
    remaining = list(readings)

    async def look() -> list[Item]:
        reading = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        if isinstance(reading, Exception):
            raise reading
        return reading

    return look


async def read(work: BackgroundTasks, shown: SourcedSnapshot | None = SHOWN) -> None:
    """As the worker does when it is granted the right."""
    await work.read_aggregates(shown)


@pytest.mark.django_db(transaction=True)
async def test_a_minute_is_sampled_by_the_first_who_reads_the_table_in_it(
    clock: Clock, pruned: list[datetime]
) -> None:
    one, two = BackgroundTasks(clock), BackgroundTasks(clock)
    await read(one)
    await read(two)
    clock.now += timedelta(seconds=30)
    await read(one)
    clock.now += timedelta(seconds=30)
    await read(two)

    found = [each async for each in CountSample.objects.order_by("minute")]
    assert [each.minute - unix_minute(NOON) for each in found] == [0, 1]
    assert (found[0].people, found[0].connections, found[0].active) == (17, 23, 17)
    assert (found[0].peak_people, found[0].minutes, found[0].is_demo) == (17, 1, False)


@pytest.mark.django_db(transaction=True)
async def test_a_peak_between_two_samples_is_kept(clock: Clock, pruned: list[datetime]) -> None:
    def showing(people: int) -> SourcedSnapshot:
        return SHOWN._replace(snapshot=replace(SHOWN.snapshot, anonymous=people, signed_in=0))

    one, two = BackgroundTasks(clock), BackgroundTasks(clock)
    for work, people in ((one, 17), (two, 40), (one, 30), (one, 50), (two, 45)):
        await read(work, showing(people))

    found = await CountSample.objects.aget()
    assert (found.people, found.peak_people) == (17, 50)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("shown", [None, SourcedSnapshot(SHOWN.snapshot, Source.STALE)])
async def test_what_is_not_live_is_no_sample(clock: Clock, shown: SourcedSnapshot | None) -> None:
    await read(BackgroundTasks(clock), shown)

    assert not await CountSample.objects.aexists()


@pytest.mark.django_db(transaction=True)
async def test_a_sample_that_could_not_be_written_is_tried_again_in_its_minute(
    clock: Clock, pruned: list[datetime], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def refuse(*arguments: object, **numbers: object) -> bool:
        raise OperationalError("the server is gone")

    work = BackgroundTasks(clock)
    with monkeypatch.context() as away:
        away.setattr("landing.analytics.history.record_sample", refuse)
        await read(work)
        await read(work)
    await read(work)

    assert await CountSample.objects.acount() == 1
    lines = [each.levelname for each in caplog.records if each.name == background.__name__]
    assert lines[:2] == ["ERROR", "WARNING"]


@pytest.mark.django_db(transaction=True)
async def test_whoever_samples_first_on_a_day_prunes(
    clock: Clock, pruned: list[datetime], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await database_sync_to_async(sample)(NOON - timedelta(days=1))
    await database_sync_to_async(sample)(NOON - timedelta(hours=1), is_demo=True)
    one, two = BackgroundTasks(clock), BackgroundTasks(clock)
    for _ in range(2):
        for work in (one, two):
            await read(work)
            await work.done()
        clock.now += timedelta(minutes=1)

    assert pruned == [NOON]
    assert "Pruned 5017 heartbeats, 60 samples" in caplog.text
    clock.now += timedelta(days=1)
    await read(two)
    await two.done()
    assert len(pruned) == 2


@pytest.mark.django_db(transaction=True)
async def test_pruning_can_be_switched_off(
    clock: Clock, pruned: list[datetime], settings: Any
) -> None:
    settings.LANDING_PRUNE_DAILY = False
    work = BackgroundTasks(clock)
    await read(work)
    await work.done()

    assert pruned == []


@pytest.mark.django_db(transaction=True)
async def test_a_database_that_goes_away_ends_the_pruning_of_the_day(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def batches(now: datetime, days: int) -> Iterator[Work]:
        yield Work(Task.PAGE_VIEWS, 5000)
        raise OperationalError("the server is gone")

    monkeypatch.setattr(retention, "batches", batches)
    work = BackgroundTasks(clock)
    await read(work)
    await work.done()

    assert "goes on tomorrow" in caplog.text
    assert "Pruned 5000 page views" in caplog.text


@pytest.mark.django_db(transaction=True)
async def test_a_stop_ends_the_pruning_between_two_batches(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = asyncio.Event()
    done = 0

    def batches(now: datetime, days: int) -> Iterator[Work]:
        nonlocal done
        while True:
            done += 1
            loop.call_soon_threadsafe(batch.set)
            yield Work(Task.PAGE_VIEWS, 1)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(retention, "batches", batches)
    work = BackgroundTasks(clock)
    await read(work)
    await batch.wait()
    work.stop()
    await work.done()
    before = done
    await asyncio.sleep(0.05)
    assert done == before


@pytest.mark.django_db(transaction=True)
async def test_pruning_that_fails_otherwise_is_logged(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def batches(now: datetime, days: int) -> Iterator[Work]:
        raise RuntimeError("a fault of ours")
        yield

    monkeypatch.setattr(retention, "batches", batches)
    work = BackgroundTasks(clock)
    await read(work)
    await work.done()
    await asyncio.sleep(0)

    assert "A chore failed" in caplog.text
    assert "a fault of ours" in caplog.text


@pytest.mark.django_db(transaction=True)
async def test_whoever_is_connected_leaves_a_row_at_each_multiple_of_the_interval(
    clock: Clock,
) -> None:
    registry = Registry()
    registry.add(Tab("ana"))
    work = BackgroundTasks(clock)
    assert work.beats_at == datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
    clock.now = datetime(2026, 1, 31, 12, 5, 0, 300, tzinfo=UTC)
    await work.beat(registry)
    assert work.beats_at == datetime(2026, 1, 31, 12, 10, tzinfo=UTC)
    # A machine that slept does not say who was here meanwhile.
    clock.now = datetime(2026, 1, 31, 13, 12, tzinfo=UTC)
    await work.beat(registry)
    await database_sync_to_async(recording.writer.flush)()

    stamped = [each.created_at async for each in Analytics.objects.order_by("created_at")]
    assert stamped == [
        datetime(2026, 1, 31, 12, 5, tzinfo=UTC),
        datetime(2026, 1, 31, 13, 10, tzinfo=UTC),
    ]


async def test_the_loop_of_heartbeats_waits_for_its_moment_and_ends_with_the_process(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: asyncio.Future[datetime] = asyncio.get_running_loop().create_future()

    async def beat(registry: Registry, at: datetime) -> int:
        begun.set_result(at)
        return 0

    monkeypatch.setattr("landing.analytics.dwell.beat", beat)
    monkeypatch.setattr("landing.background._newest_activities", newest([]))
    clock.now = datetime(2026, 1, 31, 12, 4, 59, 950_000, tzinfo=UTC)
    work = BackgroundTasks(clock)
    work.start(Registry(), Bench().worker.broadcaster)
    await asyncio.sleep(0)
    assert not begun.done()
    clock.now += timedelta(milliseconds=60)
    assert await asyncio.wait_for(begun, 5) == datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
    work.stop()
    await work.done()


ITEMS = [Item(id, "signup", "joined", "Ana", 1_769_860_800_000 + id) for id in (1, 2)]


async def test_the_feed_is_read_before_anybody_is_let_in_and_then_each_heartbeat(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr("landing.background._newest_activities", newest(ITEMS[:1], ITEMS))
    broadcaster = Bench().worker.broadcaster
    work = BackgroundTasks(clock)
    work.start(Registry(), broadcaster)
    await work.first_feed()
    assert [item.id for item in broadcaster.feed.told] == [1]
    assert work._unix_feed_due_at() == NOON.timestamp() + conf.read().LANDING_HEARTBEAT_SECONDS
    await work.catch_up(broadcaster)
    assert [item.id for item in broadcaster.feed.told] == [2, 1]
    work.stop()
    await work.done()


async def test_a_table_that_is_away_leaves_the_feed_as_it_is_and_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "landing")
    away = OperationalError("gone")
    monkeypatch.setattr("landing.background._newest_activities", newest(ITEMS, away, away, ITEMS))
    broadcaster, work = Bench().worker.broadcaster, BackgroundTasks()
    for _ in range(4):
        await work.catch_up(broadcaster)
        assert [item.id for item in broadcaster.feed.told] == [2, 1]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


async def test_a_reading_that_was_overtaken_by_a_message_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    broadcaster, work = Bench().worker.broadcaster, BackgroundTasks(clock)
    broadcaster.adopt(ITEMS[:1])

    async def look() -> list[Item]:
        broadcaster.hear(ITEMS[1])
        return ITEMS[:1]

    monkeypatch.setattr("landing.background._newest_activities", look)
    await work.catch_up(broadcaster)
    assert [item.id for item in broadcaster.feed.told] == [2, 1]
    assert work._unix_feed_due_at() == NOON.timestamp(), "it looks again at once"


async def test_a_reading_that_lists_what_was_taken_back_meanwhile_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    broadcaster, work = Bench().worker.broadcaster, BackgroundTasks(clock)
    broadcaster.adopt([])

    async def look() -> list[Item]:
        # Of its publishing no message told here.
        broadcaster.hear(Removed(ITEMS[0].id))
        return ITEMS[:1]

    monkeypatch.setattr("landing.background._newest_activities", look)
    await work.catch_up(broadcaster)
    assert broadcaster.feed.told == ()
    assert work._unix_feed_due_at() == NOON.timestamp(), "it looks again at once"
