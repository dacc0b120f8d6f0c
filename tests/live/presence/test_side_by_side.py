"""Redis answers every step of any history as the in-process reference does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.live.presence.contract import PresenceContract
from tests.live.presence.side_by_side import SideBySideHarness
from tests.live.presence.test_histories import Histories, check
from tests.services.redis import RedisServer


class TestSideBySide(PresenceContract):
    """Through the histories that the contract knows."""

    @pytest.fixture
    async def harness(self, redis_server: RedisServer) -> AsyncIterator[SideBySideHarness]:
        harness = SideBySideHarness(redis_server.url)
        yield harness
        await harness.close()


def test_redis_answers_as_the_reference_does_in_any_history(redis_server: RedisServer) -> None:
    class SideBySideHistories(Histories):
        def make_harness(self) -> SideBySideHarness:
            return SideBySideHarness(redis_server.url)

        def teardown(self) -> None:
            self.harness.redis.client.close()
            super().teardown()

    check(SideBySideHistories, examples=50, steps=40)
