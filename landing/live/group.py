"""The Channels group: this worker is its one member here, its sockets are not.

Owns what travels between workers. Delivery is at most once, so a message is a
hint and never the only way to learn something: the heartbeat is the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from landing.live.presence.base import Snapshot

logger = logging.getLogger(__name__)

GROUP = "landing.live"
#: Memberships of some layers end after a day and are never renewed.
REJOIN_SECONDS = 3600.0
#: After the layer failed.
RETRY_SECONDS = 1.0


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
        self._layer = layer
        self._timeout_seconds = timeout_seconds
        self._on_message = on_message

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
            membership = asyncio.timeout(REJOIN_SECONDS)
            try:
                async with membership:
                    channel = await self._layer.new_channel()
                    await self._layer.group_add(GROUP, channel)
                    while True:
                        self.deliver(await self._layer.receive(channel))
            except Exception as error:  # noqa: BLE001  layers raise what their transport raises
                if not membership.expired():
                    logger.info("The channel layer failed; joining again: %r", error)
                    await asyncio.sleep(RETRY_SECONDS)

    def deliver(self, message: Mapping[str, Any]) -> None:
        """One message has arrived."""
        content = message["snapshot"]
        self._on_message(message["epoch"], Snapshot(**content) if content else None)
