"""The channel layer that carries messages between the workers.

The site has it in ``CHANNEL_LAYERS``. A host has that setting for its own consumers, and may have
none: the app has a layer of its own, in Redis if its URL is set, and otherwise in this process.
Messages then reach exactly the processes that count together.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol, cast

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import InMemoryChannelLayer, channel_layers
from django.conf import settings
from django.utils.module_loading import import_string

from ...conf import is_host, read, redis_url, spell
from ..presence import factory

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


def uses_project_layer() -> bool:
    """Return whether the layer is that of ``CHANNEL_LAYERS``.

    In a host, it is only if a presence backend of a third party counts without Redis.
    """
    layers: Any = getattr(settings, "CHANNEL_LAYERS", {})
    has_layer = DEFAULT_CHANNEL_LAYER in layers if isinstance(layers, Mapping) else True
    if not has_layer or not is_host():
        return has_layer
    return not redis_url() and factory.can_share()


def read_config() -> Mapping[str, Any]:
    """Return the layer as an entry of ``CHANNEL_LAYERS``; empty: in the memory of this process."""
    if uses_project_layer():
        layers: Any = settings.CHANNEL_LAYERS
        config = layers[DEFAULT_CHANNEL_LAYER] if isinstance(layers, Mapping) else None
        return config if isinstance(config, Mapping) else {}
    if not (url := redis_url()):
        return {}
    prefix = read().LANDING_REDIS_PREFIX
    return {"BACKEND": PUBSUB_LAYER, "CONFIG": {"hosts": [url], "prefix": prefix}}


def open_layer() -> ChannelLayer:
    """Return the channel layer.

    A broken one is not fatal: heartbeats carry everything that it would. The system checks name
    the mistake.
    """
    is_of_project = uses_project_layer()
    try:
        if is_of_project:
            return cast("ChannelLayer", channel_layers[DEFAULT_CHANNEL_LAYER])
        if url := redis_url():
            return _own_layer(url, read().LANDING_REDIS_PREFIX)
    except Exception as error:  # noqa: BLE001  a class of any package, with options of the site
        logger.error(
            "The channel layer of %s cannot be used, so heartbeats carry the changes: %s",
            "CHANNEL_LAYERS" if is_of_project else spell("LANDING_REDIS_URL"),
            error,
        )
    return cast("ChannelLayer", InMemoryChannelLayer())


@cache
def _own_layer(url: str, prefix: str) -> ChannelLayer:
    """Return the app's layer in Redis. It has connections of its own in each event loop."""
    layer: ChannelLayer = import_string(PUBSUB_LAYER)(hosts=[url], prefix=prefix)
    return layer
