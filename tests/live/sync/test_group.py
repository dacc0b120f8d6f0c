"""The channel group of the workers: membership, publishing, and receiving."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer

from landing.live.feed import FeedChange, Item, Removed
from landing.live.presence.contract import Snapshot
from landing.live.sync import group
from landing.live.sync.group import GROUP, PageChange, WorkerGroup
from tests.live.presence.simulation import aggregates
from tests.live.waiting import wait_until
from tests.live.worker_harness import FakeChannelLayer

SNAPSHOT = Snapshot(1, 2, 4, version=7, as_of_ms=9, aggregates=aggregates(5), suspects=2)


ITEM = Item(7, "signup", "joined", "Ana", 1_769_860_800_123, skipped=90)


async def test_a_published_snapshot_reaches_all_members_including_the_publisher() -> None:
    channel_layer = InMemoryChannelLayer()
    received: list[tuple[int, str, Snapshot | None]] = []
    groups = [
        WorkerGroup(
            channel_layer,
            1.0,
            lambda epoch, snapshot, number=number: received.append((number, epoch, snapshot)),
            pytest.fail,
        )  # type: ignore[misc]
        for number in range(2)
    ]
    tasks = [asyncio.ensure_future(each.receive_forever()) for each in groups]
    for each in groups:
        each.is_reachable.set()
    await wait_until(lambda: len(channel_layer.groups.get(GROUP, ())) == 2)
    await groups[0].publish_snapshot("epoch", SNAPSHOT)
    await groups[0].publish_snapshot("next", None)
    await wait_until(lambda: len(received) == 4)
    assert {shown.epoch for _, _, shown in received if shown is not None} == {"epoch"}
    assert sorted(received, key=str) == sorted(
        [
            (number, *message)
            for number in (0, 1)
            for message in (("epoch", SNAPSHOT), ("next", None))
        ],
        key=str,
    )
    for task in tasks:
        task.cancel()


async def test_a_membership_is_renewed_before_it_expires(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(group, "REJOIN_SECONDS", 0.01)
    channel_layer = FakeChannelLayer()
    member = WorkerGroup(channel_layer, 1.0, lambda *_: None, lambda _: None)
    member.is_reachable.set()
    task = asyncio.ensure_future(member.receive_forever())
    await wait_until(lambda: len(channel_layer.members) >= 3)
    assert not caplog.records
    task.cancel()


@pytest.mark.parametrize("change", [ITEM, Removed(7)])
async def test_a_change_of_the_feed_reaches_each_member(change: FeedChange) -> None:
    channel_layer = FakeChannelLayer()
    received: list[FeedChange] = []
    member = WorkerGroup(channel_layer, 1.0, lambda *_: None, received.append)
    await member.publish_activity(change)
    member.dispatch(channel_layer.sent.pop())
    assert received == [change]


async def test_a_change_of_the_page_reaches_each_member() -> None:
    channel_layer = FakeChannelLayer()
    received: list[bool] = []
    member = WorkerGroup(
        channel_layer,
        1.0,
        lambda *_: None,
        pytest.fail,
        pytest.fail,
        on_page_change=lambda: received.append(True),
    )
    await member.publish_change(PageChange())
    member.dispatch(channel_layer.sent.pop())
    assert received == [True]


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
async def test_unknown_and_malformed_messages_are_ignored(message: dict[str, Any]) -> None:
    received: list[Any] = []
    WorkerGroup(
        FakeChannelLayer(), 1.0, lambda *arguments: received.append(arguments), received.append
    ).dispatch(message)
    assert received == []


async def test_the_trial_of_presence_doctor_leaves_no_log_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    received: list[Any] = []
    WorkerGroup(
        FakeChannelLayer(), 1.0, lambda *arguments: received.append(arguments), received.append
    ).dispatch({"type": "trial", "trial": "0123"})
    assert (received, caplog.messages) == ([], [])
