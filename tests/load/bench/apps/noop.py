"""A consumer that accepts and does nothing: the cost of Channels on Daphne alone."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings

settings.configure()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

# Django's stubs accept views only, not ASGI applications.
routes: list[Any] = [path("ws/", cast("Any", AsyncWebsocketConsumer.as_asgi()))]
application = ProtocolTypeRouter({"websocket": URLRouter(routes)})
