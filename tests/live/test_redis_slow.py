"""A worker with a real Redis that takes two seconds per command."""

from __future__ import annotations

import asyncio
from typing import Any

from landing.asgi import build_worker
from landing.conf import LandingSettings
from landing.live.current_snapshot import Source
from landing.live.presence.factory import timing
from landing.live.presence.redis.backend import RedisPresence
from tests.live.presence.slow_redis import delayed
from tests.live.worker_harness import FakeChannelLayer, FakeConnection

SETTINGS = LandingSettings()


async def test_the_event_loop_is_never_blocked_and_the_snapshot_is_live(redis_server: Any) -> None:
    async with delayed(redis_server.url, 2.0) as url:
        presence = RedisPresence(
            url, "landing", timing(SETTINGS), SETTINGS.LANDING_REDIS_TIMEOUT_SECONDS
        )
        worker = build_worker(presence, FakeChannelLayer(), SETTINGS)
        await worker.start(timeout_seconds=0.01)
        connection = FakeConnection("ana")
        connecting = asyncio.ensure_future(worker.connect(connection))
        turns = 0
        async with asyncio.timeout(30):
            while not connection.count_frames():
                turns += 1
                await asyncio.sleep(0.01)
        await connecting
        assert turns > 100, "other tasks ran all the time"
        shown = worker.snapshot()
        assert shown is not None
        assert (shown.snapshot.people, shown.source) == (1, Source.LIVE)
        await worker.stop()
