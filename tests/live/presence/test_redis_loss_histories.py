"""Random histories in which an operator or an eviction removes keys and members."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.live.presence.redis_harness import RedisHarness
from tests.live.presence.test_histories import Histories, run_histories
from tests.live.presence.test_redis_loss import REMOVE_MEMBER
from tests.services.redis import RedisServer


def test_counts_are_exact_after_random_losses(redis_server: RedisServer) -> None:
    class LossyHistories(Histories):
        harness: RedisHarness

        def make_harness(self) -> RedisHarness:
            return RedisHarness(redis_server.url)

        def teardown(self) -> None:
            super().teardown()
            self.harness.client.close()

        @precondition(lambda self: self.disasters_left)
        @rule(which=st.integers(0, 30), kind=st.sampled_from(["key", "member", "type"]))
        def remove(self, which: int, kind: str) -> None:
            client = self.harness.client
            keys = sorted(client.keys())
            if not keys:
                return
            self.disasters_left -= 1
            key = keys[which % len(keys)].decode()
            if kind == "type":
                client.set(key, "something else")
            elif kind == "member" and not key.endswith(":meta"):
                remove = REMOVE_MEMBER.get(client.type(key), lambda client, key: client.delete(key))
                remove(client, key)
            else:
                client.delete(key)

    run_histories(LossyHistories, examples=30, steps=40)
