"""Snapshots in a process without a worker."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
import redis

from landing import stats
from landing.live.absent_worker import PUBLISH_PAUSE_SECONDS, AbsentWorker
from landing.live.current_snapshot import Source
from landing.live.feed import Removed
from landing.live.presence import factory
from landing.live.presence.contract import Change, Report
from landing.live.presence.redis.backend import RedisPresence
from landing.live.sync import group
from landing.live.sync.group import PageChange
from landing.resilience import background_read
from tests.live.presence.simulation import visitor_key
from tests.services.ports import free_port


async def send_report(presence: Any, *, acked: int = 0, epoch: str = "") -> Any:
    changes = [] if acked else [Change(visitor_key("ana"), True)]
    return await presence.sync(
        Report("worker", acked + 1, acked, epoch=epoch, changes=changes, connections=1)
    )


@pytest.fixture
def redis_settings(redis_server: Any, settings: Any) -> Any:
    redis_server.flush()
    settings.REDIS_URL = redis_server.url
    settings.LANDING_HEARTBEAT_SECONDS = 0.1
    return settings


async def test_the_memory_backend_gives_no_snapshot_to_another_process(settings: Any) -> None:
    settings.REDIS_URL = ""
    assert await AbsentWorker().fetch_snapshot() is None


async def test_a_backend_that_cannot_be_imported_breaks_no_page(settings: Any) -> None:
    """Such as that in Redis without its package. A system check and the log name it."""
    settings.LANDING_PRESENCE_BACKEND = "no.such.Backend"
    absent = AbsentWorker()
    assert await absent.fetch_snapshot() is None
    assert await absent.places.fetch("/pricing") is None
    await asyncio.to_thread(absent.publish_activity, Removed(1))
    absent.publish_change(PageChange())


async def test_an_empty_redis_gives_no_snapshot_instead_of_zero(redis_settings: Any) -> None:
    assert await AbsentWorker().fetch_snapshot() is None


async def test_the_snapshot_of_the_workers_is_live_and_becomes_stale(redis_settings: Any) -> None:
    presence = factory.from_settings()
    answer = await send_report(presence)
    await asyncio.sleep(0.7)  # the new epoch settles by the clock of Redis
    await send_report(presence, acked=1, epoch=answer.lease.epoch)
    await presence.close()
    sourced = await AbsentWorker().fetch_snapshot()
    assert sourced is not None
    assert (sourced.snapshot.people, sourced.source) == (1, Source.LIVE)
    redis_settings.LANDING_HEARTBEAT_SECONDS = -10.0
    sourced = await AbsentWorker().fetch_snapshot()
    assert sourced is not None and sourced.source is Source.STALE


async def test_an_unavailable_redis_gives_no_snapshot(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert await AbsentWorker().fetch_snapshot() is None


@pytest.mark.django_db
def test_a_synchronous_process_marks_an_unknown_count_as_unknown(redis_settings: Any) -> None:
    snapshot = stats.snapshot()
    assert snapshot.online.people is None
    assert snapshot.source is Source.UNKNOWN


@pytest.fixture
def live_redis(redis_settings: Any) -> Any:
    """Return the settings of a Redis in which one worker has reported one person."""

    async def report() -> None:
        presence = factory.from_settings()
        answer = await send_report(presence)
        with redis.Redis.from_url(redis_settings.REDIS_URL) as client:
            client.hset("{landing}:meta", "settling_until", 0)
        await send_report(presence, acked=1, epoch=answer.lease.epoch)
        await presence.close()

    redis_settings.LANDING_HEARTBEAT_SECONDS = 60.0
    redis_settings.LANDING_LEASE_SECONDS = 300.0
    asyncio.run(report())
    return redis_settings


def test_while_redis_hangs_threads_share_one_read_and_show_the_last_counts_as_stale(
    live_redis: Any, redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_read, "WAIT_SECONDS", 60.0)
    absent = AbsentWorker()
    before = absent.read_snapshot()
    assert before is not None and before.source is Source.LIVE
    reads = []
    snapshot = RedisPresence.snapshot

    async def count_reads(self: RedisPresence) -> Any:
        reads.append(1)
        return await snapshot(self)

    monkeypatch.setattr(RedisPresence, "snapshot", count_reads)
    monkeypatch.setattr(background_read, "WAIT_SECONDS", 0.0)
    live_redis.LANDING_REDIS_TIMEOUT_SECONDS = 60.0
    redis_server.pause()
    try:
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: absent.read_snapshot(), range(24)))
    finally:
        redis_server.resume()
    assert {(each.snapshot.people, each.source) for each in found if each} == {(1, Source.STALE)}
    assert len(reads) == 1
    monkeypatch.setattr(background_read, "WAIT_SECONDS", 60.0)
    after = absent.read_snapshot()
    assert after is not None and after.snapshot.version == before.snapshot.version
    while after.source is not Source.LIVE:  # the read that hung may have ended only now
        after = absent.read_snapshot()
        assert after is not None


def test_after_a_failure_reads_pause_and_then_counts_are_live_again(
    live_redis: Any, redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_read, "WAIT_SECONDS", 60.0)
    now = [100.0]
    absent = AbsentWorker(clock=lambda: now[0])
    assert absent.read_snapshot() is not None
    url = live_redis.REDIS_URL
    live_redis.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    for _ in range(3):
        found = absent.read_snapshot()
        assert found is not None and found.source is Source.STALE
    live_redis.REDIS_URL = url
    now[0] += background_read.PAUSE_SECONDS
    found = absent.read_snapshot()
    assert found is not None and found.source is Source.LIVE


def test_after_a_failed_message_other_requests_do_not_wait_for_the_channel_layer(
    redis_settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []

    async def fail(*arguments: Any) -> bool:
        sent.append(arguments)
        return False

    monkeypatch.setattr(group, "publish_activity", fail)
    now = [100.0]
    absent = AbsentWorker(clock=lambda: now[0])
    for _ in range(3):
        absent.publish_activity(Removed(7))
    assert len(sent) == 1
    now[0] += PUBLISH_PAUSE_SECONDS
    absent.publish_activity(Removed(7))
    assert len(sent) == 2


def test_a_change_of_the_page_is_sent_before_the_command_ends(
    redis_settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []

    async def send(layer: Any, change: Any, timeout_seconds: float) -> bool:
        sent.append(change)
        return True

    monkeypatch.setattr(group, "publish_change", send)
    AbsentWorker().publish_change(PageChange())
    assert sent == [PageChange()]


def test_a_page_with_several_numbers_waits_for_redis_once(
    redis_settings: Any, redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = []
    wait = Event.wait

    def record_wait(self: Event, timeout: float | None = None) -> bool:
        waits.append(timeout)
        now[0] += timeout or 0
        return wait(self, 0)

    now = [100.0]
    absent = AbsentWorker(clock=lambda: now[0])
    redis_settings.LANDING_REDIS_TIMEOUT_SECONDS = 60.0
    redis_server.pause()
    monkeypatch.setattr(
        background_read.threading, "Event", type("E", (Event,), {"wait": record_wait})
    )
    try:
        for _ in range(3):  # pages
            assert absent.read_snapshot() is None
            assert absent.places.get() is None
            assert absent.places.get("/pricing") is None
    finally:
        redis_server.resume()
    assert [each for each in waits if each] == [background_read.WAIT_SECONDS]
