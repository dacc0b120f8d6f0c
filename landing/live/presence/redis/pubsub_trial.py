"""Try the pub/sub layer of channels_redis.

It subscribes in the background, so it reports a missing permission or
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

from ..contract import PresenceError
from .errors import PresenceDenied, as_presence_error, permission


async def find_problem(
    config: Mapping[str, Any], group: str, timeout_seconds: float
) -> PresenceError | None:
    """Return why messages of the group would not reach other processes, or None.

    ``config`` has the options of the layer.
    """
    prefix = config.get("prefix", "asgi")
    try:
        async with asyncio.timeout(timeout_seconds):
            for host in decode_hosts(config.get("hosts")):
                await _try_host(host, prefix, group)
    except (exceptions.RedisError, OSError) as error:
        return _problem(error, prefix)
    return None


async def count_members(config: Mapping[str, Any], group: str, timeout_seconds: float) -> int:
    """Return how many processes receive the messages of the group. Raises PresenceError."""
    prefix = config.get("prefix", "asgi")
    total = 0
    try:
        async with asyncio.timeout(timeout_seconds):
            for host in decode_hosts(config.get("hosts")):
                client = Redis.from_pool(create_pool(dict(host)))
                try:
                    counts = await client.pubsub_numsub(_group_channel(prefix, group))
                finally:
                    await client.aclose(close_connection_pool=True)
                total += sum(count for _, count in counts)
    except (exceptions.RedisError, OSError) as error:
        raise _problem(error, prefix) from error
    return total


def _group_channel(prefix: str, group: str) -> str:
    """Return the channel that the layer uses for the group."""
    return f"{prefix}__group__{group}"


async def _try_host(host: Mapping[str, Any], prefix: str, group: str) -> None:
    """Receive a message on a channel that nobody else uses."""
    client = Redis.from_pool(create_pool(dict(host)))
    # Named as the layer names the channel of a worker.
    own, shared = f"{prefix}specific.{secrets.token_hex(8)}", _group_channel(prefix, group)
    try:
        pubsub = client.pubsub()
        await pubsub.subscribe(own, shared)
        await _receive(pubsub, "subscribe", own)
        await _receive(pubsub, "subscribe", shared)
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
