"""Answers without a body that refuse a request or a handshake."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from ..transport.guard import CLOSING_SECONDS, MAX_DISCARDED_BYTES


async def refuse_request(
    scope: Mapping[str, Any], receive: Any, send: Any, status: int, retry_after: int = 0
) -> None:
    """Answer with this status, and discard what a client still sends until it has read it.

    ``receive`` is None if the request has been received completely.
    """
    headers = _headers(retry_after)
    if scope.get("http_version", "1.1").startswith("1"):
        headers.append((b"connection", b"close"))  # HTTP/2 forbids the header
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    if receive is not None:
        await _discard(receive)
    await send({"type": "http.response.body", "body": b""})


async def refuse_handshake(scope: Any, send: Any, status: int, retry_after: int = 0) -> None:
    """Answer with this status; with 403 if the server allows no other."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    headers = _headers(retry_after)
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})
    # Uvicorn logs an error for each call that ends before its connection has.
    await asyncio.sleep(0)


def _headers(retry_after: int) -> list[tuple[bytes, bytes]]:
    headers = [(b"content-length", b"0")]
    if retry_after:
        headers.append((b"retry-after", b"%d" % retry_after))
    return headers


async def _discard(receive: Any) -> None:
    left_bytes = MAX_DISCARDED_BYTES
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            while left_bytes > 0:
                message = await receive()
                left_bytes -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        pass
