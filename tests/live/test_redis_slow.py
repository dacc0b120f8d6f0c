"""A worker on a real Redis that delays each reply by two seconds."""

from __future__ import annotations

import asyncio
from typing import Any

from landing.asgi.worker_parts import build_worker
from landing.conf import LandingSettings
from landing.live.current_snapshot import Source
from landing.live.presence.factory import timing
from landing.live.presence.redis.backend import RedisPresence
from tests.live.presence.slow_redis import delayed
from tests.live.worker_harness import FakeChannelLayer, FakeConnection

SETTINGS = LandingSettings()


async def test_a_slow_redis_does_not_block_the_event_loop_and_counts_are_live(
    redis_server: Any,
) -> None:
    async with delayed(redis_server.url, 2.0) as url:
        presence = RedisPresence(
            url, "landing", timing(SETTINGS), SETTINGS.LANDING_REDIS_TIMEOUT_SECONDS
        )
        worker = build_worker(presence, FakeChannelLayer(), SETTINGS)
        await worker.start(timeout_seconds=0.01)
        connection = FakeConnection("ana")
        connecting = asyncio.ensure_future(worker.connect(connection))
        polls = 0
        async with asyncio.timeout(30):
            while not connection.count_frames():
                polls += 1
                await asyncio.sleep(0.01)
        await connecting
        assert polls > 100, "other tasks ran while the connection waited for Redis"
        sourced = worker.snapshot()
        assert sourced is not None
        assert (sourced.snapshot.people, sourced.source) == (1, Source.LIVE)
        await worker.stop()
