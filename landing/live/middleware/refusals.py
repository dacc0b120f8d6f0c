"""Send the responses that refuse a request or a handshake."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ...limits import hits
from ...limits.refusal import Headers, refusal
from ...visitors.client import headers_of_scope
from ..transport.guard import CLOSING_SECONDS, MAX_DISCARDED_BYTES


async def refuse_request(
    scope: Mapping[str, Any], receive: Any, send: Any, status: HTTPStatus, retry_after: int = 0
) -> None:
    """Answer with this status, and discard what a client still sends until it has read it.

    ``receive`` is None if the request has been received completely.
    """
    hits.count_status(status)
    headers, body = _refusal(scope, status, retry_after)
    if scope.get("http_version", "1.1").startswith("1"):
        headers.append((b"connection", b"close"))  # HTTP/2 forbids the header
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if receive is not None:
        await _discard(receive)
    await send({"type": "http.response.body", "body": b""})


async def refuse_handshake(scope: Any, send: Any, status: HTTPStatus, retry_after: int = 0) -> None:
    """Answer with this status; with 403 if the server allows no other."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    headers, body = _refusal(scope, status, retry_after)
    await send(
        {"type": "websocket.http.response.start", "status": status.value, "headers": headers}
    )
    await send({"type": "websocket.http.response.body", "body": body})
    # Uvicorn logs an error for each call that ends before its connection has.
    await asyncio.sleep(0)


def _refusal(
    scope: Mapping[str, Any], status: HTTPStatus, retry_after: int
) -> tuple[Headers, bytes]:
    return refusal(
        status,
        method=scope.get("method", "GET"),  # a handshake has none
        accept=headers_of_scope(scope).get("accept", ""),
        retry_after_seconds=retry_after,
    )


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
