"""The simplest broadcast: one awaited send after the other."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings

settings.configure()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from tests.load.bench.apps import control  # noqa: E402

connected: set[AsyncWebsocketConsumer] = set()


class PlainConsumer(AsyncWebsocketConsumer):
    """A consumer that is in ``connected`` while it is open."""

    async def connect(self) -> None:
        await self.accept()
        connected.add(self)

    async def disconnect(self, code: int) -> None:
        connected.discard(self)


async def broadcast(text: str) -> None:
    """Send the text to each connection in turn."""
    for consumer in list(connected):
        await consumer.send(text_data=text)


# Django's stubs accept views only, not ASGI applications.
routes: list[Any] = [path("ws/", cast("Any", PlainConsumer.as_asgi()))]
application = control.beside(ProtocolTypeRouter({"websocket": URLRouter(routes)}), broadcast)
