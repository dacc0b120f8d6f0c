"""The channel layer of the settings, or one of this process if they have none that works.

A project without ``CHANNEL_LAYERS`` needs none: with a URL of Redis, the app has a layer of its own
in Redis, and otherwise in this process.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol, cast

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import InMemoryChannelLayer, channel_layers
from django.conf import settings
from django.utils.module_loading import import_string

from ...conf import read, redis_url

logger = logging.getLogger(__name__)

#: The path of Channels' layer in the memory of one process.
IN_MEMORY = "channels.layers.InMemoryChannelLayer"
PUBSUB_LAYER = "channels_redis.pubsub.RedisPubSubChannelLayer"


class ChannelLayer(Protocol):
    """The methods of a Channels layer that the group uses."""

    async def new_channel(self) -> str: ...
    async def receive(self, channel: str) -> dict[str, Any]: ...
    async def group_add(self, group: str, channel: str) -> None: ...
    async def group_discard(self, group: str, channel: str) -> None: ...
    async def group_send(self, group: str, message: dict[str, Any]) -> None: ...


def read_config() -> Mapping[str, Any]:
    """Return the project's entry of ``CHANNEL_LAYERS``, else that of the app; empty: in memory."""
    layers: Any = getattr(settings, "CHANNEL_LAYERS", {})
    if isinstance(layers, Mapping) and DEFAULT_CHANNEL_LAYER in layers:
        config = layers[DEFAULT_CHANNEL_LAYER]
        return config if isinstance(config, Mapping) else {}
    if not (url := redis_url()):
        return {}
    prefix = read().LANDING_REDIS_PREFIX
    return {"BACKEND": PUBSUB_LAYER, "CONFIG": {"hosts": [url], "prefix": prefix}}


def open_layer() -> ChannelLayer:
    """Return the default channel layer of the project, or one of the app.

    A missing or broken one is not fatal: heartbeats carry everything that it would. The
    system checks name the mistake.
    """
    try:
        if DEFAULT_CHANNEL_LAYER in channel_layers:
            return cast("ChannelLayer", channel_layers[DEFAULT_CHANNEL_LAYER])
        if config := read_config():
            layer = import_string(config["BACKEND"])(**config["CONFIG"])
            return cast("ChannelLayer", layer)
    except Exception as error:  # noqa: BLE001  a class of any package, with options of the site
        logger.error(
            "The channel layer of %s cannot be used, so heartbeats carry the changes: %s",
            "CHANNEL_LAYERS" if getattr(settings, "CHANNEL_LAYERS", {}) else "Redis",
            error,
        )
    return cast("ChannelLayer", InMemoryChannelLayer())
