"""A WebSocket on which the harness requests broadcasts. Only benchmarked servers have it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

PATH = "/control"


def beside(
    application: Any, broadcast: Callable[[str], Awaitable[None]]
) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """Return the application with a control socket.

    Each text on that socket is broadcast before the next is read.
    """

    async def call(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket" or scope["path"] != PATH:
            await application(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await broadcast(message["text"])

    return call
