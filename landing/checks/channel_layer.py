"""System checks of Redis and ``CHANNEL_LAYERS``, which carries messages between the workers.

The packages of Redis are optional, so they are imported only for a layer that uses them.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import channel_layers
from django.core.checks import CheckMessage, Error, Warning, register

from ..conf import is_host, redis_url, spell
from ..live.sync.channel_layer import IN_MEMORY, read_config, uses_project_layer
from ..names import LABEL
from .ids import DOCS, full_id
from .setting_rules import REDIS_URL

#: The packages of the extra "redis".
REDIS_PACKAGES = ("redis", "channels_redis")
CORE_LAYER = "channels_redis.core.RedisChannelLayer"
#: Passed to a layer, it turns off the timeout.
REMEDY = (
    'Use "channels_redis.pubsub.RedisPubSubChannelLayer", or write the host as '
    '{"address": "redis://...", "socket_timeout": None}.'
)


@register(LABEL)
def check_redis_packages(**kwargs: Any) -> list[CheckMessage]:
    """E105: a URL of Redis needs the packages of the extra."""
    missing = [name for name in REDIS_PACKAGES if find_spec(name) is None]
    if not missing or not redis_url():
        return []
    return [
        Error(
            f"{spell('LANDING_REDIS_URL')} is set, but {' and '.join(missing)} cannot be imported.",
            hint='Run: python -m pip install "django-live-user-counter[redis]"',
            id=full_id("E105"),
        )
    ]


@register(LABEL)
def check_layer_can_be_built(**kwargs: Any) -> list[CheckMessage]:
    """E103: a layer that cannot be built carries no message."""
    try:
        if uses_project_layer():
            _build_connections(channel_layers[DEFAULT_CHANNEL_LAYER])
    except Exception as error:  # noqa: BLE001  a class of any package, with options of the site
        return [
            Error(
                f'CHANNEL_LAYERS["default"] cannot be used: {error}',
                hint=f"Correct its BACKEND and CONFIG; see {DOCS}.",
                id=full_id("E103"),
            )
        ]
    return []


@register(LABEL)
def check_layer_is_shared(**kwargs: Any) -> list[CheckMessage]:
    """W102: presence and the channel layer must reach the same processes."""
    layer, url = read_config().get("BACKEND", IN_MEMORY), redis_url()
    if is_host() or bool(url) == (layer != IN_MEMORY) or not REDIS_URL.holds(url):
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
    if check_layer_can_be_built() or not uses_project_layer():
        return []
    layer: Any = channel_layers[DEFAULT_CHANNEL_LAYER]
    if CORE_LAYER not in _bases(layer):
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
    if any(name.startswith("channels_redis.") for name in _bases(layer)):
        from channels_redis.utils import create_pool, decode_hosts

        for host in decode_hosts(read_config().get("CONFIG", {}).get("hosts")):
            pool = create_pool(host)
            pool.connection_class(**pool.connection_kwargs)


def _bases(layer: object) -> list[str]:
    """Return the dotted paths of the class of a layer, and of those that it derives from."""
    return [f"{base.__module__}.{base.__qualname__}" for base in type(layer).__mro__]


def _socket_timeouts(layer: Any) -> Iterator[float]:
    """Yield the socket timeout of each host that has one; no connection is opened."""
    from channels_redis.utils import create_pool
    from redis.asyncio.connection import AbstractConnection

    default = inspect.signature(AbstractConnection).parameters["socket_timeout"].default
    for host in layer.hosts:
        pool = create_pool(host)
        seconds = pool.connection_kwargs.get("socket_timeout", default)
        if seconds is not None:
            yield float(seconds)
