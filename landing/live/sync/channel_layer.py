"""The channel layer of the settings, or one of this process if they have none that works."""

from __future__ import annotations

import logging
from typing import Any, Protocol, cast

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import InMemoryChannelLayer, channel_layers

logger = logging.getLogger(__name__)

#: The path of Channels' layer in the memory of one process.
IN_MEMORY = "channels.layers.InMemoryChannelLayer"


class ChannelLayer(Protocol):
    """The methods of a Channels layer that the group uses."""

    async def new_channel(self) -> str: ...
    async def receive(self, channel: str) -> dict[str, Any]: ...
    async def group_add(self, group: str, channel: str) -> None: ...
    async def group_discard(self, group: str, channel: str) -> None: ...
    async def group_send(self, group: str, message: dict[str, Any]) -> None: ...


def open_layer() -> ChannelLayer:
    """Return the default channel layer.

    A missing or broken one is not fatal: heartbeats carry everything that it would. The
    system checks name the mistake.
    """
    try:
        if DEFAULT_CHANNEL_LAYER in channel_layers:
            return cast("ChannelLayer", channel_layers[DEFAULT_CHANNEL_LAYER])
    except Exception as error:  # noqa: BLE001  a class of any package, with options of the site
        logger.error("CHANNEL_LAYERS cannot be used, and heartbeats carry the changes: %s", error)
    return cast("ChannelLayer", InMemoryChannelLayer())
