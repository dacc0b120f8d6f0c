"""Snapshots in a process without a worker."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from landing import stats
from landing.live.absent_worker import AbsentWorker
from landing.live.current_snapshot import Source
from landing.live.presence import factory
from landing.live.presence.contract import Report
from tests.live.presence.simulation import visitor_key


async def send_report(presence: Any, *, acked: int = 0, epoch: str = "") -> Any:
    changes = [] if acked else [(visitor_key("ana"), True)]
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
