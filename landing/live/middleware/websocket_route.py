"""Separates the live WebSocket from everything else that a server passes to its application."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from channels.routing import ProtocolTypeRouter
from django.core.handlers.asgi import ASGIHandler

from .refusals import refuse_handshake
from .root_path import find_mounted
from .websocket_path import is_live_websocket


class WebSocketRoute:
    """Passes handshakes at the URL of the live WebSocket to ``live``.

    Everything else goes to ``application``, unchanged. If that cannot serve WebSockets at all,
    they are refused here: Django would write a traceback for each.
    """

    def __init__(self, application: Any, live: Any) -> None:
        self._application = application
        self._live = live
        self._has_websockets = _may_serve_websockets(application)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the call on."""
        if scope["type"] != "websocket":
            await self._application(scope, receive, send)
        elif (found := _find_live(scope)) is not None:
            await self._live(found, receive, send)
        elif self._has_websockets:
            await self._application(scope, receive, send)
        else:
            await refuse_handshake(scope, send, HTTPStatus.NOT_FOUND)


def _find_live(scope: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the scope with its root path at the start of its path; None for another WebSocket."""
    mounted = find_mounted(scope, is_live_websocket)
    path: str = mounted["path"]
    below = path.removeprefix(mounted.get("root_path", ""))
    return mounted if is_live_websocket(below) else None


def _may_serve_websockets(application: Any) -> bool:
    """Return whether the application may have a WebSocket; True if that is unknown."""
    if isinstance(application, ProtocolTypeRouter):
        return "websocket" in application.application_mapping
    if not isinstance(application, ASGIHandler):
        return True
    # The handler of static files passes WebSockets on.
    inside = getattr(application, "application", None)
    if inside is not None:
        return _may_serve_websockets(inside)
    return type(application).__call__ is not ASGIHandler.__call__
