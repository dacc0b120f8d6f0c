"""Redis returns the same answers as the in-process backend, step by step."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis.stateful import invariant

from tests.live.presence.contract import PresenceContract
from tests.live.presence.recount import (
    assert_networks_are_exact,
    assert_places_are_exact,
    assert_stays_are_of_visitors_that_count,
)
from tests.live.presence.side_by_side import SideBySideHarness
from tests.live.presence.test_histories import Histories, run_histories
from tests.services.redis import RedisServer


class TestSideBySide(PresenceContract):
    """Run the tests of the contract on both backends at once."""

    @pytest.fixture
    async def harness(self, redis_server: RedisServer) -> AsyncIterator[SideBySideHarness]:
        harness = SideBySideHarness(redis_server.url)
        yield harness
        await harness.close()


def test_redis_and_memory_return_the_same_answers_in_random_histories(
    redis_server: RedisServer,
) -> None:
    class SideBySideHistories(Histories):
        harness: SideBySideHarness

        def make_harness(self) -> SideBySideHarness:
            return SideBySideHarness(redis_server.url)

        @invariant()
        def the_networks_are_exact(self) -> None:
            assert_networks_are_exact(self.harness.redis.client)

        @invariant()
        def the_places_are_exact(self) -> None:
            assert_places_are_exact(self.harness.redis.client)

        @invariant()
        def the_stays_are_of_visitors_that_count(self) -> None:
            assert_stays_are_of_visitors_that_count(self.harness.redis.client)

        def teardown(self) -> None:
            self.harness.redis.client.close()
            super().teardown()

    run_histories(SideBySideHistories, examples=30, steps=40)
