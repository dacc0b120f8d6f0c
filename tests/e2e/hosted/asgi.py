"""ASGI applications of the project, each with another part wrapped."""

from __future__ import annotations

import logging
import os
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

import landing.asgi

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.e2e.hosted.settings")

logger = logging.getLogger("hosted")
pages = get_asgi_application()


class ChatConsumer(AsyncJsonWebsocketConsumer):
    """Sends who has connected, and to which path. Then it sends back everything."""

    async def connect(self) -> None:
        """Accept the handshake."""
        await self.accept()
        user = self.scope["user"]
        sent = {"user": str(user), "path": self.scope["path"], "type": "hello"}
        await self.send_json({**sent, "root_path": self.scope.get("root_path", "")})

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Send it back."""
        await self.send_json({"type": "echo", "content": content})


chat = URLRouter([path("ws/chat/", ChatConsumer.as_asgi())])  # type: ignore[arg-type]
site = ProtocolTypeRouter({"http": pages, "websocket": AuthMiddlewareStack(chat)})


class WithLifespan:
    """A project that opens a connection at the start, and closes it at the end."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle the lifespan, and pass on the rest."""
        if scope["type"] != "lifespan":
            await site(scope, receive, send)
            return
        while True:
            event = (await receive())["type"]
            logger.warning("The project gets %s", event)
            if event == "lifespan.startup" and "state" in scope:
                scope["state"]["pool"] = "open"
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return


plain = landing.asgi.wrap(pages)
application = landing.asgi.wrap(site)
#: The session of the project is around the counter, too.
outside = AuthMiddlewareStack(
    landing.asgi.wrap(ProtocolTypeRouter({"http": pages, "websocket": chat}))
)
#: The counter is one of several applications.
inside = AuthMiddlewareStack(
    ProtocolTypeRouter({"http": pages, "websocket": landing.asgi.wrap(chat)})
)
with_lifespan = landing.asgi.wrap(WithLifespan())
