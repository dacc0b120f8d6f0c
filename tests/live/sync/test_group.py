"""The group of all workers: joining, publishing, and receiving."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer

from landing.live.feed import FeedChange, Item, Removed
from landing.live.presence.contract import Snapshot
from landing.live.sync import group
from landing.live.sync.group import GROUP, WorkerGroup
from tests.live.presence.simulation import aggregates
from tests.live.worker_harness import FakeChannelLayer

ITEM = Item(7, "signup", "joined", "Ana", 1_769_860_800_123, skipped=90)
SNAPSHOT = Snapshot(1, 2, 4, version=7, as_of_ms=9, aggregates=aggregates(5))


async def until(condition: Any) -> None:
    async with asyncio.timeout(3):
        while not condition():  # noqa: ASYNC110  the condition has no event
            await asyncio.sleep(0.002)


class BrokenLayer(FakeChannelLayer):
    """A channel layer that fails the first attempts to join."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures
        self.tries = 0

    async def new_channel(self) -> str:
        self.tries += 1
        if self.tries <= self.failures:
            raise ConnectionError("gone")
        return await super().new_channel()


async def test_all_members_receive_a_message() -> None:
    layer = InMemoryChannelLayer()
    got: list[tuple[int, str, Snapshot | None]] = []
    groups = [
        WorkerGroup(
            layer, 1.0, lambda epoch, snapshot, n=n: got.append((n, epoch, snapshot)), pytest.fail
        )  # type: ignore[misc]
        for n in range(2)
    ]
    tasks = [asyncio.ensure_future(each.receive_forever()) for each in groups]
    for each in groups:
        each.is_reachable.set()
    await until(lambda: len(layer.groups.get(GROUP, ())) == 2)
    await groups[0].publish_snapshot("epoch", SNAPSHOT)
    await groups[0].publish_snapshot("next", None)
    await until(lambda: len(got) == 4)
    assert sorted(got, key=str) == sorted(
        [(n, *message) for n in (0, 1) for message in (("epoch", SNAPSHOT), ("next", None))],
        key=str,
    )
    for task in tasks:
        task.cancel()


async def test_no_worker_joins_during_an_outage_of_presence() -> None:
    layer = FakeChannelLayer()
    task = asyncio.ensure_future(
        WorkerGroup(layer, 1.0, lambda *_: None, lambda _: None).receive_forever()
    )
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert layer.members == []
    task.cancel()


async def test_a_failed_layer_is_retried_and_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(group, "RETRY_SECONDS", 0.001)
    caplog.set_level(logging.INFO, "landing")
    layer = BrokenLayer(failures=5)
    it = WorkerGroup(layer, 1.0, lambda *_: None, lambda _: None)
    it.is_reachable.set()
    task = asyncio.ensure_future(it.receive_forever())
    await until(lambda: layer.members)
    assert layer.tries == 6
    assert len(caplog.records) == 2, "one line for the outage, one for the return"
    task.cancel()


async def test_a_membership_is_renewed_before_it_expires(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(group, "REJOIN_SECONDS", 0.01)
    layer = FakeChannelLayer()
    it = WorkerGroup(layer, 1.0, lambda *_: None, lambda _: None)
    it.is_reachable.set()
    task = asyncio.ensure_future(it.receive_forever())
    await until(lambda: len(layer.members) >= 3)
    assert not caplog.records
    task.cancel()


async def test_a_failed_or_hanging_publish_is_dropped() -> None:
    layer = FakeChannelLayer()
    it = WorkerGroup(layer, 0.01, lambda *_: None, lambda _: None)
    layer.is_broken = True
    await it.publish_snapshot("epoch", SNAPSHOT)

    async def hang(*_: Any) -> None:
        await asyncio.Event().wait()

    layer.is_broken = False
    layer.group_send = hang  # type: ignore[method-assign]
    await it.publish_snapshot("epoch", SNAPSHOT)
    assert layer.sent == []


@pytest.mark.parametrize("news", [ITEM, Removed(7)])
async def test_a_feed_change_reaches_every_member(news: FeedChange) -> None:
    layer = FakeChannelLayer()
    got: list[FeedChange] = []
    it = WorkerGroup(layer, 1.0, lambda *_: None, got.append)
    await it.publish_activity(news)
    it.dispatch(layer.sent.pop())
    assert got == [news]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "of the next version"},
        {"type": "activity", "item": [1, "signup"]},
        {"type": "activity", "item": ["1", "signup", "joined", "Ana", 0, 0]},
        {"type": "activity-removed"},
        {},
    ],
)
async def test_messages_of_a_newer_version_are_ignored(message: dict[str, Any]) -> None:
    got: list[Any] = []
    WorkerGroup(FakeChannelLayer(), 1.0, lambda *message: got.append(message), got.append).dispatch(
        message
    )
    assert got == []
