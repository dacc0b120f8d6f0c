"""The keys of the Redis backend."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from landing.live.presence.contract import Change, Key, KeyType, PresenceError, Report
from landing.live.presence.redis.backend import RedisPresence
from tests.live.presence.redis_harness import META, SCRIPTS, RedisHarness
from tests.live.presence.simulation import TIMING, SimulatedWorker, pass_time, read_counts
from tests.services.redis import RedisServer


async def test_two_prefixes_on_one_redis_are_independent(
    harness: RedisHarness, worker: SimulatedWorker, redis_server: RedisServer
) -> None:
    neighbor = RedisPresence(redis_server.url, "test2", TIMING, 30, scripts=SCRIPTS)
    neighbor.clock_offset_ms = harness.presence.clock_offset_ms
    elsewhere = SimulatedWorker("worker-1", neighbor)
    elsewhere.open("ben")
    worker.open("ana")
    await elsewhere.sync()
    await worker.sync()
    await neighbor.clear()
    assert await read_counts(harness) == (0, 1, 1)
    assert [share.visitors for share in (await neighbor.inspect()).workers] == []
    await neighbor.close()


async def test_all_keys_share_one_slot(
    harness: RedisHarness, worker: SimulatedWorker, other: SimulatedWorker
) -> None:
    tab = worker.open("ana", "7")
    other.open("ben")
    await worker.sync()
    worker.close(tab)
    await worker.sync()
    await other.sync()
    await harness.presence.drain(other.name, 99, 1_000)
    await harness.presence.daily_salt("2026-01-31")
    keys = harness.client.keys()
    assert len(keys) > 5
    assert [key for key in keys if not key.startswith(b"{test}:")] == []


async def test_ids_are_stored_as_bytes(harness: RedisHarness) -> None:
    visitor, user = Key(KeyType.VISITOR, bytes(range(240, 256))), Key(KeyType.USER, b"\0\r\n\xff")
    changes = [Change(visitor, True), Change(user, True)]
    answer = await harness.presence.sync(Report("w", 1, 0, changes=changes, events=True))
    assert answer.joined == (visitor, user)
    assert harness.client.smembers("{test}:share:w:v") == {visitor.id}
    assert harness.client.hgetall("{test}:held:u") == {user.id: b"1"}


async def test_after_everybody_left_no_keys_of_people_remain(
    harness: RedisHarness, worker: SimulatedWorker
) -> None:
    harness.limit_networks(1)
    worker.open("ana", "7", network="office", place="/a")
    worker.open("ben", network="office", place="/b")
    await worker.sync()
    assert harness.client.hlen("{test}:network_of") == 2
    while await harness.presence.drain(worker.name, 99, 1_000):
        pass
    harness.advance(2 * TIMING.lease_ms)
    bystander = SimulatedWorker("worker-3", harness.presence)
    await bystander.sync()
    harness.advance(TIMING.heartbeat_ms)
    await bystander.sync()
    assert await read_counts(harness) == (0, 0, 0)
    assert sorted(harness.client.keys()) == [
        b"{test}:connections",
        b"{test}:leases",
        META.encode(),
        b"{test}:seq",
        b"{test}:shares",
    ]


@pytest.mark.parametrize("days_ahead", [0, 1])
async def test_a_salt_expires_ten_minutes_after_its_day(
    harness: RedisHarness, days_ahead: int
) -> None:
    now = datetime.now(UTC)
    day = now.date() + timedelta(days=days_ahead)
    await harness.presence.daily_salt(day.isoformat())
    midnight = datetime.combine(day + timedelta(days=1), time(), UTC)
    expires_in = harness.client.ttl(f"{{test}}:salt:{day}") - (midnight - now).total_seconds()
    assert 500 < expires_in <= 601


async def test_a_salt_of_a_past_day_expires_after_ten_minutes(harness: RedisHarness) -> None:
    await harness.presence.daily_salt("2026-01-31")
    assert 500 < harness.client.ttl("{test}:salt:2026-01-31") <= 600


async def test_the_resync_of_a_dead_worker_is_removed(
    harness: RedisHarness, worker: SimulatedWorker, other: SimulatedWorker
) -> None:
    await harness.presence.sync(Report(worker.name, 1, 0, begin=True, complete=False))
    assert harness.client.zrange("{test}:resyncing", 0, -1) == [worker.name.encode()]
    await pass_time(harness, TIMING.lease_ms, [other])
    assert not harness.client.exists("{test}:resyncing")


@pytest.mark.parametrize("held", [b"", b"something else", bytes(33)])
async def test_an_invalid_salt_is_reported_with_its_key(harness: RedisHarness, held: bytes) -> None:
    key = "{test}:salt:2026-01-31"
    harness.client.set(key, held)
    with pytest.raises(PresenceError) as raised:
        await harness.presence.daily_salt("2026-01-31")
    assert key in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


async def test_a_salt_of_a_wrong_type_is_reported_with_its_key(harness: RedisHarness) -> None:
    harness.client.rpush("{test}:salt:2026-01-31", "something else")
    with pytest.raises(PresenceError, match=r"\{test\}:salt:2026-01-31"):
        await harness.presence.daily_salt("2026-01-31")
