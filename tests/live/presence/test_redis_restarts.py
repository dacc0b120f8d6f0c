"""Restarts and data loss of Redis, and its clock."""

from __future__ import annotations

import asyncio

import pytest

from landing.live.presence.contract import Report, Timing
from landing.live.presence.redis import scripts
from landing.live.presence.redis.backend import RedisPresence
from tests.live.presence.redis_harness import PREFIX, SCRIPTS, RedisHarness, create_user
from tests.live.presence.simulation import TIMING, SimulatedWorker, read_counts
from tests.services.redis import RedisServer


class TestRestarts:
    async def test_an_empty_script_cache_is_filled_again(
        self, worker: SimulatedWorker, harness: RedisHarness
    ) -> None:
        worker.open("ana")
        await worker.sync()
        harness.client.script_flush()
        worker.open("ben")
        await worker.sync()
        assert await read_counts(harness) == (0, 2, 2)

    async def test_after_an_empty_restart_the_epoch_settles_and_everybody_is_counted_again(
        self, worker: SimulatedWorker, harness: RedisHarness, redis_server: RedisServer
    ) -> None:
        worker.open("ana", "7")
        await worker.sync()
        before = worker.seen
        redis_server.restart()
        await let_the_loop_notice()
        assert (await worker.sync()).snapshot is None
        harness.advance(TIMING.heartbeat_ms)
        await worker.sync()
        assert await read_counts(harness) == (1, 0, 1)
        assert worker.seen > before

    async def test_a_restart_with_data_removes_nobody(
        self,
        worker: SimulatedWorker,
        other: SimulatedWorker,
        harness: RedisHarness,
        redis_server: RedisServer,
    ) -> None:
        worker.open("ana")
        other.open("ben")
        await worker.sync()
        await other.sync()
        dump = redis_server.dump()
        harness.advance(60_000)
        redis_server.restart(dump)
        await let_the_loop_notice()
        await other.sync()
        assert await read_counts(harness) == (0, 2, 2)
        assert other.left == []

    async def test_an_empty_redis_begins_with_a_settling_epoch(
        self, harness: RedisHarness, worker: SimulatedWorker
    ) -> None:
        harness.client.flushall()
        assert await harness.presence.snapshot() is None
        assert (await worker.sync()).snapshot is None
        assert (await harness.presence.inspect()).settling_ms == TIMING.heartbeat_ms


class TestSettling:
    """If data was lost in a restart, the epoch settles one heartbeat after the restart."""

    @pytest.mark.parametrize(
        ("ms_since_start", "settling_ms"),
        [
            (300, 5_100),  # uptime 0 or 1 s: Redis may have just started
            (1_200, 4_900),  # the latest possible start is the end of that second
            (3_999, 2_101),
            (4_900, 1_200),
            (5_000, 1_100),  # all workers report for the first time one heartbeat after the restart
            (5_999, 500),  # time for the others, which report at the same time
            (6_100, 5_000),  # Redis started long ago: the data was lost just now
        ],
    )
    async def test_settling_ends_one_heartbeat_after_redis_began_to_answer(
        self, harness: RedisHarness, ms_since_start: int, settling_ms: int
    ) -> None:
        started_ms = 1_769_860_800_000
        uptime_seconds = ms_since_start // 1000
        presence = await self.first_contact(harness, started_ms + ms_since_start, uptime_seconds)
        assert (await presence.inspect()).settling_ms == settling_ms
        await presence.close()

    @pytest.mark.parametrize("fraction_ms", range(0, 1000, 111))
    @pytest.mark.parametrize("contact_ms", [0, 450, 2_345, 4_890, 5_000, 5_090])
    async def test_settling_lasts_a_heartbeat_and_little_more(
        self, harness: RedisHarness, fraction_ms: int, contact_ms: int
    ) -> None:
        started_ms = 1_769_860_800_000 + fraction_ms
        now_ms = started_ms + contact_ms
        uptime_seconds = now_ms // 1000 - started_ms // 1000
        presence = await self.first_contact(harness, now_ms, uptime_seconds)
        settled_after_ms = contact_ms + (await presence.inspect()).settling_ms
        assert TIMING.heartbeat_ms < settled_after_ms <= TIMING.heartbeat_ms + 1_100
        await presence.close()

    async def test_without_permission_for_the_uptime_settling_lasts_a_whole_heartbeat(
        self, harness: RedisHarness
    ) -> None:
        harness.client.flushall()
        presence = RedisPresence(
            create_user(harness.client, "~{test}:* +@all -info"),
            PREFIX,
            TIMING,
            30,
            scripts=SCRIPTS,
        )
        await presence.sync(Report("w", seq=1, acked=0))
        assert (await presence.inspect()).settling_ms == TIMING.heartbeat_ms
        await presence.close()

    async def first_contact(
        self, harness: RedisHarness, now_ms: int, uptime_seconds: int
    ) -> RedisPresence:
        harness.client.flushall()
        clock = (
            "local function redis_time_ms() return 0 end\n"
            f"local function redis_uptime_seconds() return {uptime_seconds} end\n"
        )
        loaded = scripts.load({"_clock": clock})
        presence = RedisPresence(harness.url, PREFIX, TIMING, 30, scripts=loaded)
        presence.clock_offset_ms = now_ms
        await presence.sync(Report("w", seq=1, acked=0))
        return presence


class TestTime:
    async def test_time_is_the_time_of_redis_plus_the_offset(
        self, harness: RedisHarness, redis_server: RedisServer
    ) -> None:
        harness.client.flushall()
        presence = RedisPresence(redis_server.url, PREFIX, Timing(heartbeat_ms=1), 30)
        await presence.sync(Report("w", seq=1, acked=0))
        presence.clock_offset_ms = 86_400_000
        answer = await presence.sync(Report("w", seq=2, acked=0))
        assert answer.snapshot is not None
        seconds, _ = harness.client.time()
        assert 0 <= seconds + 86_400 - answer.snapshot.as_of_ms // 1000 <= 5
        await presence.close()


async def let_the_loop_notice() -> None:
    """Let the event loop read that its connections were closed."""
    for _ in range(10):
        await asyncio.sleep(0)
