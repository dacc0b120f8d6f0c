"""The limits of a network, under a server that does not ask the guard itself.

Daphne asks it where bytes arrive (:mod:`landing.live.transport.guard_installation`), and then
nothing here runs. An application sees less: whole requests and messages, but neither connections,
slow heads, nor control frames. docs/limits.md names the options of each server for those.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ...visitors.client import headers_of_scope
from ..transport.guard import Guard
from .bounded_body import BoundedBody
from .bounded_frames import BoundedFrames
from .refusals import refuse_handshake, refuse_request


class GuardedApplication:
    """Passes calls on to ``application``, unless the guard refuses them."""

    def __init__(self, application: Any, guard: Guard) -> None:
        self._application = application
        self._guard = guard

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the call on, or refuse it."""
        if self._guard.is_installed:
            await self._application(scope, receive, send)
        elif scope["type"] == "http":
            await self._handle_request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._handle_handshake(scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _handle_request(self, scope: Any, receive: Any, send: Any) -> None:
        headers = headers_of_scope(scope)
        retry_after = self._guard.take_request(self._network(scope, headers), is_handshake=False)
        if retry_after:
            await refuse_request(scope, receive, send, HTTPStatus.TOO_MANY_REQUESTS, retry_after)
            return
        max_bytes = self._guard.bodies.max_bytes(_path_below_root(scope))
        if _length(headers) > max_bytes:
            await refuse_request(scope, receive, send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = BoundedBody(scope, receive, send, max_bytes)
        await self._application(scope, body.receive, body.send)

    async def _handle_handshake(self, scope: Any, receive: Any, send: Any) -> None:
        network = self._network(scope, headers_of_scope(scope))
        retry_after = self._guard.take_request(network, is_handshake=True)
        if retry_after or not self._guard.open_connection(network):
            await refuse_handshake(scope, send, HTTPStatus.TOO_MANY_REQUESTS, retry_after)
            return
        try:
            if self._guard.limits.connection_frames.per_second:
                receive = BoundedFrames(receive, send, self._guard, network).receive
            await self._application(scope, receive, send)
        finally:
            self._guard.close_connection(network)

    def _network(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        peer = (scope.get("client") or ("",))[0] or ""
        return self._guard.network(peer, headers.get("x-forwarded-for", ""))


def _length(headers: Mapping[str, str]) -> int:
    try:
        return int(headers.get("content-length", "0"))
    except ValueError:
        return 0  # the bytes are counted when they arrive


def _path_below_root(scope: Mapping[str, Any]) -> str:
    """Return the path as the client has sent it: some servers put their root path before it."""
    path: str = scope["path"]
    root_path: str = scope.get("root_path", "")
    return path.removeprefix(root_path) if path.startswith(f"{root_path}/") else path
