"""The Redis backend keeps the contract, and what only a Redis can do to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.presence.contract import PresenceContract
from tests.presence.redis_harness import RedisHarness
from tests.services.redis import RedisServer


@pytest.fixture
async def harness(redis_server: RedisServer) -> AsyncIterator[RedisHarness]:
    harness = RedisHarness(redis_server.url)
    yield harness
    await harness.close()


class TestRedisPresence(PresenceContract):
    """All of it."""
