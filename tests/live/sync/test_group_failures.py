"""Channel layers that fail, hang, or lose a subscription."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from channels.exceptions import ChannelFull
from channels.layers import InMemoryChannelLayer
from channels_redis.core import RedisChannelLayer

from landing.live.presence.contract import Snapshot
from landing.live.sync import group
from landing.live.sync.group import GROUP, WorkerGroup
from landing.resilience import outage
from tests.live.presence.simulation import aggregates
from tests.live.waiting import wait_until
from tests.live.worker_harness import FakeChannelLayer
from tests.services.redis import RedisServer

SNAPSHOT = Snapshot(1, 2, 4, version=7, as_of_ms=9, aggregates=aggregates(5), suspects=2)


#: The levels of the lines about a dependency that works only for a moment, however often.
FLAPPING = ["ERROR", "WARNING", "ERROR"]


class RefusingChannelLayer(FakeChannelLayer):
    """A channel layer that refuses the first attempts to join."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures
        self.attempts = 0

    async def new_channel(self) -> str:
        self.attempts += 1
        if self.attempts <= self.failures:
            raise ConnectionError("connection lost")
        return await super().new_channel()


async def test_a_worker_does_not_join_while_the_backend_is_unavailable() -> None:
    channel_layer = FakeChannelLayer()
    task = asyncio.ensure_future(
        WorkerGroup(channel_layer, 1.0, lambda *_: None, lambda _: None).receive_forever()
    )
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert channel_layer.members == []
    task.cancel()


async def test_a_failing_channel_layer_is_retried_and_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(group, "RETRY_SECONDS", 0.001)
    caplog.set_level(logging.INFO, "landing")
    channel_layer = RefusingChannelLayer(failures=5)
    member = WorkerGroup(channel_layer, 1.0, lambda *_: None, lambda _: None)
    member.is_reachable.set()
    task = asyncio.ensure_future(member.receive_forever())
    await wait_until(lambda: channel_layer.members)
    assert channel_layer.attempts == 6
    assert len(caplog.records) == 2, "one line for the outage and one for the recovery"
    task.cancel()


class IdleFailingChannelLayer(FakeChannelLayer):
    """A channel layer that accepts each member, and fails when the member has nothing to read."""

    async def receive(self, channel: str) -> dict[str, Any]:
        raise TimeoutError("Timeout reading from the server")


async def test_a_layer_that_fails_whenever_it_is_idle_is_logged_as_flapping(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(group, "RETRY_SECONDS", 0.001)
    caplog.set_level(logging.INFO, "landing")
    monkeypatch.setattr(outage, "FLAPPING_SECONDS", 60)
    channel_layer = IdleFailingChannelLayer()
    member = WorkerGroup(channel_layer, 1.0, lambda *_: None, lambda _: None)
    member.is_reachable.set()
    task = asyncio.ensure_future(member.receive_forever())
    await wait_until(lambda: len(channel_layer.members) > 20)
    task.cancel()
    assert [record.levelname for record in caplog.records] == FLAPPING
    assert channel_layer.left == channel_layer.members[: len(channel_layer.left)]
    assert len(channel_layer.members) - len(channel_layer.left) <= 1


async def test_a_layer_that_drops_messages_over_its_capacity_is_not_an_outage(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A heartbeat repairs the loss."""
    received: list[Snapshot | None] = []
    member = WorkerGroup(
        InMemoryChannelLayer(capacity=1), 1.0, lambda _, snapshot: received.append(snapshot), str
    )
    member.is_reachable.set()
    task = asyncio.ensure_future(member.receive_forever())
    await wait_until(lambda: member._layer.groups)  # type: ignore[attr-defined]
    for _ in range(20):
        await member.publish_snapshot("epoch", SNAPSHOT)
    await wait_until(lambda: received)
    task.cancel()
    assert not caplog.records


@pytest.mark.parametrize("error", [ChannelFull(), ConnectionError("lost"), TypeError("no dict")])
async def test_messages_that_cannot_be_sent_are_logged_once(
    caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    async def refuse(*_: Any) -> None:
        raise error

    channel_layer = FakeChannelLayer()
    channel_layer.group_send = refuse  # type: ignore[method-assign]
    member = WorkerGroup(channel_layer, 1.0, lambda *_: None, lambda _: None)
    for _ in range(50):
        await member.publish_snapshot("epoch", SNAPSHOT)
    assert len(caplog.records) == 1


async def test_a_publish_that_fails_or_hangs_is_abandoned() -> None:
    channel_layer = FakeChannelLayer()
    member = WorkerGroup(channel_layer, 0.01, lambda *_: None, lambda _: None)
    channel_layer.is_broken = True
    await member.publish_snapshot("epoch", SNAPSHOT)

    async def hang(*_: Any) -> None:
        await asyncio.Event().wait()

    channel_layer.is_broken = False
    channel_layer.group_send = hang  # type: ignore[method-assign]
    await member.publish_snapshot("epoch", SNAPSHOT)
    assert channel_layer.sent == []


class TestLostSubscriptions:
    """A subscription can end without an error: the worker no longer receives its own messages."""

    async def test_a_worker_joins_again_if_its_snapshot_does_not_return(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        channel_layer = FakeChannelLayer()  # delivers nothing
        member = WorkerGroup(channel_layer, 1.0, lambda *_: None, lambda _: None)
        member.is_reachable.set()
        task = asyncio.ensure_future(member.receive_forever())
        await wait_until(lambda: channel_layer.members)
        monkeypatch.setattr(group, "ECHO_SECONDS", 0.0)
        await member.publish_snapshot("epoch", SNAPSHOT)
        await wait_until(lambda: len(channel_layer.members) == 2)
        assert channel_layer.left == channel_layer.members[:1]
        task.cancel()

    async def test_a_snapshot_that_returns_keeps_the_membership(self) -> None:
        channel_layer = FakeChannelLayer()
        received: list[str] = []
        member = WorkerGroup(
            channel_layer, 1.0, lambda epoch, _: received.append(epoch), lambda _: None
        )
        member.is_reachable.set()
        task = asyncio.ensure_future(member.receive_forever())
        await wait_until(lambda: member._membership)
        membership = member._membership
        assert membership is not None
        due_at = membership.when()
        await member.publish_snapshot("epoch", SNAPSHOT)
        assert membership.when() != due_at, "the snapshot must return soon"
        channel_layer.queue.put_nowait(channel_layer.sent.pop())
        await wait_until(lambda: received)
        await wait_until(lambda: membership.when() == due_at)
        task.cancel()

    async def test_later_snapshots_do_not_extend_the_wait(self) -> None:
        channel_layer = FakeChannelLayer()
        member = WorkerGroup(channel_layer, 1.0, lambda *_: None, lambda _: None)
        member.is_reachable.set()
        task = asyncio.ensure_future(member.receive_forever())
        await wait_until(lambda: member._membership)
        membership = member._membership
        assert membership is not None
        await member.publish_snapshot("epoch", SNAPSHOT)
        first_due_at = membership.when()
        await member.publish_snapshot("epoch", SNAPSHOT)
        assert membership.when() == first_due_at
        task.cancel()


async def test_a_problem_of_the_layer_is_logged_once_and_joining_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(group, "RETRY_SECONDS", 0.001)
    caplog.set_level(logging.INFO, "landing")
    problems: list[Exception | None] = 3 * [PermissionError("+subscribe is missing")] + [None]

    async def find_problem() -> Exception | None:
        return problems.pop(0)

    channel_layer = FakeChannelLayer()
    member = WorkerGroup(
        channel_layer, 1.0, lambda *_: None, lambda _: None, find_problem=find_problem
    )
    member.is_reachable.set()
    task = asyncio.ensure_future(member.receive_forever())
    await wait_until(lambda: channel_layer.members)
    assert problems == []
    failed = [each for each in caplog.messages if "+subscribe is missing" in each]
    assert len(failed) == 1
    task.cancel()


async def test_the_layer_in_redis_that_times_out_when_idle_is_logged_as_flapping(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And it leaves no channel behind, into which each publish would write."""
    monkeypatch.setattr(group, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(outage, "FLAPPING_SECONDS", 60)
    host = {"address": redis_server.url, "socket_timeout": 0.05}
    layer = RedisChannelLayer(hosts=[host])
    joined: list[str] = []
    join = layer.group_add

    async def count_and_join(name: str, channel: str) -> None:
        joined.append(channel)
        await join(name, channel)

    monkeypatch.setattr(layer, "group_add", count_and_join)
    member = WorkerGroup(layer, 10.0, lambda *_: None, lambda _: None)
    member.is_reachable.set()
    task = asyncio.ensure_future(member.receive_forever())
    await wait_until(lambda: len(joined) > 5)
    while not task.done():
        # The layer loses a cancellation that arrives together with its own timeout.
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
    members = await layer.connection(0).zcard(f"asgi:group:{GROUP}")
    assert members <= 1
    assert [record.levelname for record in caplog.records] == FLAPPING
    await layer.flush()
    await layer.close_pools()
