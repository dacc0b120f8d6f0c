"""System checks of ``CHANNEL_LAYERS``, which carries messages between the workers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from channels_redis.utils import create_pool, decode_hosts
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from redis.asyncio.connection import AbstractConnection

from ..conf import is_host, redis_url, spell
from ..live.sync.channel_layer import IN_MEMORY, read_config
from ..names import LABEL
from .ids import DOCS, full_id
from .setting_rules import REDIS_URL

#: Passed to a layer, it turns off the timeout.
REMEDY = (
    'Use "channels_redis.pubsub.RedisPubSubChannelLayer", or write the host as '
    '{"address": "redis://...", "socket_timeout": None}.'
)


@register(LABEL)
def check_layer_can_be_built(**kwargs: Any) -> list[CheckMessage]:
    """E103: a layer that cannot be built carries no message."""
    try:
        if DEFAULT_CHANNEL_LAYER in channel_layers:
            _build_connections(channel_layers[DEFAULT_CHANNEL_LAYER])
    except Exception as error:  # noqa: BLE001  a class of any package, with options of the site
        # The layer of a host is the matter of its owner, and heartbeats carry the changes.
        level = Warning if is_host() else Error
        return [
            level(
                f'CHANNEL_LAYERS["default"] cannot be used: {error}',
                hint=f"Correct its BACKEND and CONFIG; see {DOCS}.",
                id=full_id("E103"),
            )
        ]
    return []


@register(LABEL)
def check_layer_is_shared(**kwargs: Any) -> list[CheckMessage]:
    """W102: presence and the channel layer must reach the same processes.

    A host may have a layer in Redis for its own consumers only.
    """
    layer, url = read_config().get("BACKEND", IN_MEMORY), redis_url()
    if bool(url) == (layer != IN_MEMORY) or (is_host() and not url) or not REDIS_URL.holds(url):
        return []
    setting = spell("LANDING_REDIS_URL")
    return [
        Warning(
            f"{setting} and CHANNEL_LAYERS contradict each other: only one of them uses Redis.",
            hint=f"With {setting}, use RedisPubSubChannelLayer, or leave out CHANNEL_LAYERS. "
            "Without it, use InMemoryChannelLayer.",
            id=full_id("W102"),
        )
    ]


@register(LABEL)
def check_layer_timeout(**kwargs: Any) -> list[CheckMessage]:
    """W104: a socket timeout within the layer's blocking read fails whenever it is idle."""
    if check_layer_can_be_built() or not _config():
        return []
    layer = channel_layers[DEFAULT_CHANNEL_LAYER]
    if not isinstance(layer, RedisChannelLayer):
        return []
    short = [seconds for seconds in _socket_timeouts(layer) if seconds <= layer.brpop_timeout]
    if not short:
        return []
    return [
        Warning(
            f"The channel layer waits {layer.brpop_timeout} s for a message, but its Redis "
            f"connection times out after {min(short):g} s, so it fails whenever it is idle.",
            hint=REMEDY,
            id=full_id("W104"),
        )
    ]


def _build_connections(layer: object) -> None:
    """Build the connections of a layer in Redis, which does so at its first message."""
    if isinstance(layer, RedisChannelLayer | RedisPubSubChannelLayer):
        for host in decode_hosts(_config().get("CONFIG", {}).get("hosts")):
            pool = create_pool(host)
            pool.connection_class(**pool.connection_kwargs)


def _config() -> dict[str, Any]:
    layers: Any = getattr(settings, "CHANNEL_LAYERS", {})
    config = layers.get(DEFAULT_CHANNEL_LAYER) if isinstance(layers, dict) else None
    return config if isinstance(config, dict) else {}


def _socket_timeouts(layer: RedisChannelLayer) -> Iterator[float]:
    """Yield the socket timeout of each host that has one; no connection is opened."""
    default = inspect.signature(AbstractConnection).parameters["socket_timeout"].default
    for host in layer.hosts:
        pool = create_pool(host)
        seconds = pool.connection_kwargs.get("socket_timeout", default)
        if seconds is not None:
            yield float(seconds)
