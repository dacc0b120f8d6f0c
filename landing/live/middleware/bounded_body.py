"""The body of a request, of which an application receives at most the permitted bytes."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from ..transport.guard import BODY_SECONDS
from .refusals import refuse_request


class BoundedBody:
    """``receive`` and ``send`` of a request.

    If the body is too large or too slow, it refuses the request itself. The application then
    receives a disconnect, which every application must expect.
    """

    def __init__(self, scope: Any, receive: Any, send: Any, max_bytes: int) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._left_bytes = max_bytes
        self._deadline: float | None = None
        self._is_complete = False
        self._is_cut_off = False
        self._has_response = False
        self._is_refused = False

    async def receive(self) -> Any:
        """Return the next part of the body."""
        if self._is_cut_off:
            return {"type": "http.disconnect"}
        if self._is_complete:
            return await self._receive()
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + BODY_SECONDS
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            return await self._cut_off(HTTPStatus.REQUEST_TIMEOUT)
        self._is_complete = not message.get("more_body", False)
        self._left_bytes -= len(message.get("body", b""))
        if self._left_bytes < 0:
            return await self._cut_off(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    async def send(self, message: Any) -> None:
        """Send a part of the response, unless the request was refused."""
        if not self._is_refused:
            self._has_response = True
            await self._send(message)

    async def _cut_off(self, status: HTTPStatus) -> Any:
        self._is_cut_off = True
        if not self._has_response:
            self._is_refused = True
            rest = None if self._is_complete else self._receive
            await refuse_request(self._scope, rest, self._send, status)
        return {"type": "http.disconnect"}
