"""The Channels group: this worker is its one member here, its sockets are not.

Owns what travels between workers: a snapshot, or news of one activity. Delivery is at
most once, so a message is a hint and never the only way to learn something: the
heartbeat is the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from ...resilience.outage import Outage
from ..feed import FeedChange, Item, Removed
from ..presence.contract import Aggregates, Snapshot

logger = logging.getLogger(__name__)

GROUP = "landing.live"
#: Memberships of some layers end after a day and are never renewed.
REJOIN_SECONDS = 3600.0
#: After the layer failed.
RETRY_SECONDS = 5.0


class ChannelLayer(Protocol):
    """What is used of a Channels layer."""

    async def new_channel(self) -> str: ...
    async def receive(self, channel: str) -> dict[str, Any]: ...
    async def group_add(self, group: str, channel: str) -> None: ...
    async def group_send(self, group: str, message: dict[str, Any]) -> None: ...


async def tell(layer: ChannelLayer, news: FeedChange, timeout_seconds: float) -> None:
    """Tell every worker of an activity. What gets lost they find in the table."""
    message: dict[str, Any] = {"type": "activity", "item": list(news)}
    if isinstance(news, Removed):
        message = {"type": "activity-removed", "id": news.id}
    await _send(layer, message, timeout_seconds)


async def _send(layer: ChannelLayer, message: dict[str, Any], timeout_seconds: float) -> None:
    try:
        async with asyncio.timeout(timeout_seconds):
            await layer.group_send(GROUP, message)
    except Exception as error:  # noqa: BLE001  layers raise what their transport raises
        logger.info("The other workers were not told of a %s: %r", message["type"], error)


class Group:
    """``on_snapshot`` gets the epoch and the snapshot (None: the epoch settles)."""

    def __init__(
        self,
        layer: ChannelLayer,
        timeout_seconds: float,
        on_snapshot: Callable[[str, Snapshot | None], None],
        on_news: Callable[[FeedChange], None],
    ) -> None:
        #: set while presence answers: where that is away the layer is, too
        self.reachable = asyncio.Event()
        self._layer = layer
        self._timeout_seconds = timeout_seconds
        self._on_snapshot = on_snapshot
        self._on_news = on_news
        self._outage = Outage(logger, "Joining the channel layer", "heartbeats bring the numbers")

    async def publish(self, epoch: str, snapshot: Snapshot | None) -> None:
        """Tell every worker, this one included."""
        message = {"type": "snapshot", "epoch": epoch, "snapshot": _dump_snapshot(snapshot)}
        await _send(self._layer, message, self._timeout_seconds)

    async def tell(self, news: FeedChange) -> None:
        """Tell every worker of an activity, this one included."""
        await tell(self._layer, news, self._timeout_seconds)

    async def receive_forever(self) -> None:
        """The task that listens."""
        while True:
            # A try that fails leaves a channel behind in some layers.
            await self.reachable.wait()
            membership = asyncio.timeout(REJOIN_SECONDS)
            try:
                async with membership:
                    await self._receive()
            except Exception as error:  # noqa: BLE001  layers raise what their transport raises
                if not membership.expired():
                    self._outage.record_failure(error)
                    await asyncio.sleep(RETRY_SECONDS)

    async def _receive(self) -> None:
        channel = await self._layer.new_channel()
        await self._layer.group_add(GROUP, channel)
        self._outage.record_success()
        while True:
            self.deliver(await self._layer.receive(channel))

    def deliver(self, message: Mapping[str, Any]) -> None:
        """One message has arrived; of a kind not known here, amid a deploy, it tells nothing."""
        match message:
            case {"type": "snapshot", "epoch": epoch, "snapshot": content}:
                self._on_snapshot(epoch, _load_snapshot(**content) if content else None)
            case {
                "type": "activity",
                "item": [int(), str(), str(), str(), int(), int()] as fields,
            }:
                self._on_news(Item(*fields))
            case {"type": "activity-removed", "id": int(id)}:
                self._on_news(Removed(id))
            case _:
                logger.info("A message of an unknown kind: %s", message.get("type"))


def _dump_snapshot(snapshot: Snapshot | None) -> dict[str, Any] | None:
    if snapshot is None:
        return None
    content = asdict(snapshot)
    # The key of earlier versions, which run beside this one during a deploy.
    content["table"] = content.pop("aggregates")
    return content


def _load_snapshot(*, table: Sequence[Any] | None, **numbers: int) -> Snapshot:
    return Snapshot(**numbers, aggregates=Aggregates(*table) if table else None)
