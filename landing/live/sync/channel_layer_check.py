"""Try the publish and subscribe path of the channel layer.

The layer of channels_redis subscribes in the background, so it reports a missing permission or
a proxy without pub/sub to nobody: messages are lost without an error.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any

from channels_redis.utils import create_pool, decode_hosts
from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from ... import conf
from ..presence.contract import PresenceError
from ..presence.redis.errors import PresenceDenied, as_presence_error, permission
from .channel_layer import PUBSUB_LAYER, read_config
from .group import GROUP


async def find_problem() -> PresenceError | None:
    """Return why messages would not reach other processes, or None.

    Only the pub/sub layer of channels_redis is tried. Other layers raise their errors.
    """
    layer = read_config()
    if layer.get("BACKEND") != PUBSUB_LAYER:
        return None
    config = layer.get("CONFIG", {})
    prefix = config.get("prefix", "asgi")
    try:
        async with asyncio.timeout(conf.read().LANDING_REDIS_TIMEOUT_SECONDS):
            for host in decode_hosts(config.get("hosts")):
                await _try_host(host, prefix)
    except (exceptions.RedisError, OSError) as error:
        return _problem(error, prefix)
    return None


async def count_members() -> int | None:
    """Return how many processes receive the messages of the group, or None if that is unknown.

    Only the pub/sub layer of channels_redis has such a count. Raises PresenceError.
    """
    layer = read_config()
    if layer.get("BACKEND") != PUBSUB_LAYER:
        return None
    config = layer.get("CONFIG", {})
    prefix = config.get("prefix", "asgi")
    total = 0
    try:
        async with asyncio.timeout(conf.read().LANDING_REDIS_TIMEOUT_SECONDS):
            for host in decode_hosts(config.get("hosts")):
                client = Redis.from_pool(create_pool(dict(host)))
                try:
                    counts = await client.pubsub_numsub(_group_channel(prefix))
                finally:
                    await client.aclose(close_connection_pool=True)
                total += sum(count for _, count in counts)
    except (exceptions.RedisError, OSError) as error:
        raise _problem(error, prefix) from error
    return total


def _group_channel(prefix: str) -> str:
    """Return the channel that the layer uses for the group."""
    return f"{prefix}__group__{GROUP}"


async def _try_host(host: Mapping[str, Any], prefix: str) -> None:
    """Receive a message on a channel that nobody else uses."""
    client = Redis.from_pool(create_pool(dict(host)))
    # Named as the layer names the channel of a worker.
    own, group = f"{prefix}specific.{secrets.token_hex(8)}", _group_channel(prefix)
    try:
        pubsub = client.pubsub()
        await pubsub.subscribe(own, group)
        await _receive(pubsub, "subscribe", own)
        await _receive(pubsub, "subscribe", group)
        await client.publish(own, b"")
        await _receive(pubsub, "message", own)
        await pubsub.unsubscribe()
    finally:
        await client.aclose(close_connection_pool=True)


async def _receive(pubsub: PubSub, kind: str, channel: str) -> None:
    """Wait until a message of this kind arrives on the channel."""
    while True:
        message = await pubsub.get_message(timeout=None)
        if message and (message["type"], _text(message["channel"])) == (kind, channel):
            return


def _text(channel: bytes | str) -> str:
    return channel.decode() if isinstance(channel, bytes) else channel


def _problem(error: Exception, prefix: str) -> PresenceError:
    problem = as_presence_error(error)
    if isinstance(problem, PresenceDenied):
        missing = permission(str(error), "subscribe", channels=prefix)
        return PresenceDenied(f"Redis denies the channel layer {missing}")
    return type(problem)(f"The channel layer does not work: {problem}")
