"""The samples that background tasks write, and the pruning that follows the first one of a day."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError

from landing import background
from landing.analytics import retention
from landing.analytics.retention import Task, Work
from landing.background import BackgroundTasks
from landing.dates import unix_minute
from landing.live.current_snapshot import Source, SourcedSnapshot
from landing.live.presence.contract import Snapshot
from landing.models import CountSample
from landing.tables.places import PlaceSample
from tests.analytics.rows import sample
from tests.background_harness import NOON, Clock
from tests.live.places.test_reader import FakeReader
from tests.live.presence.simulation import aggregates

pytestmark = pytest.mark.each_database


SHOWN = SourcedSnapshot(
    Snapshot(4, 13, 23, version=7, as_of_ms=1_769_860_800_123, aggregates=aggregates(9)),
    Source.LIVE,
)


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
async def test_the_worker_that_writes_the_sample_of_a_minute_samples_the_places(
    clock: Clock, pruned: list[datetime]
) -> None:
    readers = [FakeReader(), FakeReader()]
    one, two = BackgroundTasks(clock), BackgroundTasks(clock)
    one.places.reader, two.places.reader = readers
    await sample_now(one)
    await sample_now(two)
    clock.now += timedelta(seconds=30)
    await sample_now(one)
    assert [len(each.reads) for each in readers] == [1, 0]
    clock.now += timedelta(seconds=30)
    await sample_now(two)

    assert [len(each.reads) for each in readers] == [1, 1]
    found = PlaceSample.objects.filter(place="/").order_by("minute")
    minutes = [(each.minute - unix_minute(NOON), each.people) async for each in found]
    assert minutes == [(0, 12), (1, 12)]


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
