"""An unreachable, stuck, or refusing Redis: clear errors, no blocked loop, no mixed-up answers."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from landing.live.presence.contract import PresenceError
from landing.live.presence.redis.backend import RedisPresence
from tests.live.presence.redis_harness import PREFIX, RedisHarness
from tests.live.presence.simulation import TIMING, SimulatedWorker, read_counts
from tests.services.redis import RedisServer


async def test_an_unreachable_redis_raises_one_error_until_it_is_back(
    harness: RedisHarness, worker: SimulatedWorker, redis_server: RedisServer
) -> None:
    await worker.sync()
    redis_server.stop()
    for _ in range(6):
        with pytest.raises(PresenceError, match=r"^Redis cannot be reached: .*$"):
            await harness.presence.snapshot()
    redis_server.start()
    assert await harness.presence.snapshot() is None


async def test_a_redis_that_does_not_answer_does_not_block_the_loop(
    redis_server: RedisServer,
) -> None:
    presence = RedisPresence(redis_server.url, PREFIX, TIMING, timeout_seconds=0.2)
    await presence.snapshot()
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    bystander = asyncio.create_task(count_turns())
    redis_server.pause()
    with pytest.raises(PresenceError, match=r"^Redis did not answer in time.$"):
        await presence.snapshot()
    redis_server.resume()
    bystander.cancel()
    assert turns > 100
    await presence.snapshot()
    await presence.close()


async def test_a_canceled_call_leaves_no_answer_for_the_next_call(
    harness: RedisHarness, worker: SimulatedWorker, redis_server: RedisServer
) -> None:
    worker.open("ana")
    await worker.sync()
    for _ in range(8):  # more often than there are connections
        redis_server.pause()
        call = asyncio.create_task(harness.presence.inspect())
        await asyncio.sleep(0.01)
        call.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await call
        redis_server.resume()
        assert await read_counts(harness) == (0, 1, 1)


async def test_calls_wait_for_a_free_connection(harness: RedisHarness) -> None:
    await asyncio.gather(*(harness.presence.snapshot() for _ in range(50)))
    assert len(harness.client.client_list()) <= 5


async def test_no_error_contains_the_password(redis_server: RedisServer) -> None:
    url = redis_server.url.replace("//", "//somebody:secret@")
    presence = RedisPresence(url, PREFIX, TIMING, 30)
    with pytest.raises(PresenceError) as refused:
        await presence.snapshot()
    assert str(refused.value) == "Redis rejects the user or password of REDIS_URL."
    await presence.close()
    with pytest.raises(ValueError, match="redis://") as malformed:
        RedisPresence("redis://:secret@localhost:port/0", PREFIX, TIMING, 30)
    assert "secret" not in str(malformed.value)
