"""The Channels group: this worker is its one member here, its sockets are not.

Owns what travels between workers. Delivery is at most once, so a message is a
hint and never the only way to learn something: the heartbeat is the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from landing.live.presence.base import Snapshot, Table
from landing.outage import Outage

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


class Group:
    """``on_message`` gets the epoch and the snapshot (None: the epoch settles)."""

    def __init__(
        self,
        layer: ChannelLayer,
        timeout_seconds: float,
        on_message: Callable[[str, Snapshot | None], None],
    ) -> None:
        #: set while presence answers: where that is away the layer is, too
        self.reachable = asyncio.Event()
        self._layer = layer
        self._timeout_seconds = timeout_seconds
        self._on_message = on_message
        self._outage = Outage(logger, "Joining the channel layer", "heartbeats bring the numbers")

    async def publish(self, epoch: str, snapshot: Snapshot | None) -> None:
        """Tell every worker, this one included."""
        content = asdict(snapshot) if snapshot else None
        message = {"type": "snapshot", "epoch": epoch, "snapshot": content}
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._layer.group_send(GROUP, message)
        except Exception as error:  # noqa: BLE001  layers raise what their transport raises
            logger.info("A snapshot was not published: %r", error)

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
                    self._outage.began(error)
                    await asyncio.sleep(RETRY_SECONDS)

    async def _receive(self) -> None:
        channel = await self._layer.new_channel()
        await self._layer.group_add(GROUP, channel)
        self._outage.ended()
        while True:
            self.deliver(await self._layer.receive(channel))

    def deliver(self, message: Mapping[str, Any]) -> None:
        """One message has arrived."""
        content = message["snapshot"]
        self._on_message(message["epoch"], _snapshot(**content) if content else None)


def _snapshot(*, table: Sequence[Any] | None, **numbers: int) -> Snapshot:
    return Snapshot(**numbers, table=Table(*table) if table else None)
