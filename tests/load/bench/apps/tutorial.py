"""The consumer of the Channels tutorial, with one group member per socket.

https://channels.readthedocs.io/en/stable/tutorial/part_3.html. It sends the count to the group at
each connect and disconnect. With ``REDIS_URL`` it uses the Redis pub/sub layer, otherwise the layer
in memory. ``COUNTING=no`` turns the counts off while a crowd connects.
"""

from __future__ import annotations

import json
import os
from typing import Any, cast

from django.conf import settings

REDIS_URL = os.environ.get("REDIS_URL")
# All layers get a higher capacity. Their defaults fail or drop above 100 connections or messages.
IN_MEMORY = {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}
PUBSUB = {
    "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "CONFIG": {"hosts": [{"address": REDIS_URL, "max_connections": 10_000}]},
}
CORE = {
    "BACKEND": "channels_redis.core.RedisChannelLayer",
    "CONFIG": {
        "capacity": 10_000,
        # The layer blocks in Redis as long as redis-py waits for a response by default.
        "hosts": [{"address": REDIS_URL, "max_connections": 10_000, "socket_timeout": None}],
    },
}
ON_REDIS = CORE if os.environ.get("LAYER") == "core" else PUBSUB
settings.configure(CHANNEL_LAYERS={"default": ON_REDIS if REDIS_URL else IN_MEMORY})

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from tests.load.bench.apps import control  # noqa: E402

GROUP = "visitors"
COUNTING = os.environ.get("COUNTING") != "no"


class CounterConsumer(AsyncWebsocketConsumer):
    """One visitor. ``online`` is the count of the process."""

    online = 0

    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()
        CounterConsumer.online += 1
        await self.send_count()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)
        CounterConsumer.online -= 1
        await self.send_count()

    async def send_count(self) -> None:
        if COUNTING:
            text = json.dumps({"count": CounterConsumer.online})
            await self.channel_layer.group_send(GROUP, {"type": "count", "text": text})

    async def count(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


async def broadcast(text: str) -> None:
    """Send the text to the group."""
    layer = cast("Any", get_channel_layer())
    await layer.group_send(GROUP, {"type": "count", "text": text})


# Django's stubs accept views only, not ASGI applications.
routes: list[Any] = [path("ws/", cast("Any", CounterConsumer.as_asgi()))]
application = control.beside(ProtocolTypeRouter({"websocket": URLRouter(routes)}), broadcast)
