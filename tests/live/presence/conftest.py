"""A Redis backend and two workers, for the tests of Redis only."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.live.presence.redis_harness import RedisHarness
from tests.live.presence.simulation import SimulatedWorker
from tests.services.redis import RedisServer


@pytest.fixture
async def harness(redis_server: RedisServer) -> AsyncIterator[RedisHarness]:
    harness = RedisHarness(redis_server.url)
    yield harness
    await harness.close()


@pytest.fixture
def worker(harness: RedisHarness) -> SimulatedWorker:
    return SimulatedWorker("worker-1", harness.presence)


@pytest.fixture
def other(harness: RedisHarness) -> SimulatedWorker:
    return SimulatedWorker("worker-2", harness.presence)
