"""The commands that open pages with numbers of places cost Redis."""

from __future__ import annotations

from typing import cast

import pytest

from landing.live.frames import DEFAULT_TOPICS, Topic
from tests.live.presence.redis_harness import RedisHarness
from tests.live.presence.test_redis_cost import CommandCounter
from tests.live.worker_harness import FakeConnection, FlakyPresence, WorkerHarness
from tests.services.redis import RedisServer


class Site(WorkerHarness):
    """A worker on a real Redis, whose clock is that of the worker."""

    def __init__(self, redis: RedisHarness) -> None:
        super().__init__(presence=cast("FlakyPresence", redis.presence))
        self.redis = redis

    async def run_due_steps(self) -> None:
        self.redis.advance(50)
        await super().run_due_steps()

    async def count_commands(self, seconds: float) -> int:
        """Return the commands that this worker sends meanwhile."""
        with CommandCounter(self.redis) as counter:
            await self.advance(seconds)
        return counter.sent.total()


@pytest.mark.parametrize(
    "topics", [frozenset[Topic](), frozenset({Topic.HERE}), frozenset({Topic.PLACES})]
)
async def test_an_idle_worker_sends_one_command_per_heartbeat_whatever_its_pages_show(
    redis_server: RedisServer, topics: frozenset[Topic]
) -> None:
    redis = RedisHarness(redis_server.url)
    site = Site(redis)
    try:
        visitors = [await site.connect(f"v{number}", place="/pricing") for number in range(8)]
        reader = FakeConnection("reader", place="/pricing")
        reader.set_topics(DEFAULT_TOPICS | topics)
        await site.worker.connect(reader)
        await site.advance(6)
        assert await site.count_commands(60) == 60 / 5
        for visitor in visitors[:2]:
            site.worker.set_place(visitor, "/docs")
        moved = await site.count_commands(5)
        assert moved <= (4 if topics else 3), "a heartbeat, the move, and the read"
        people = [frame["people"] for frame in reader.frames if frame["type"] == "place-count"]
        assert people[-2:] == ([9, 7] if Topic.HERE in topics else [])
    finally:
        await redis.close()
