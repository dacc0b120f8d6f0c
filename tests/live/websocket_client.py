"""Helpers for tests that open WebSockets on the ASGI application without a network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from channels.testing import WebsocketCommunicator

from landing.live import worker
from landing.live.worker import Worker
from landing.visitors import visitor_cookie

Headers = Sequence[tuple[bytes, bytes]]


async def refuse_http(scope: Any, receive: Any, send: Any) -> None:
    """Fail the test, because it must not request a page."""
    raise AssertionError("a WebSocket test sent an HTTP request")


def cookie_header(visitor: bytes | None = None) -> str:
    """Return a Cookie header with the visitor, or with a new visitor."""
    visitor = visitor or visitor_cookie.create_visitor()
    return f"landing_visitor={visitor_cookie.dump_cookie(visitor)}"


def serving_worker() -> Worker:
    """Return the worker of this process, which must be serving."""
    current = worker.current()
    assert current.is_serving
    return current


async def receive_frames(
    connection: WebsocketCommunicator, quiet_seconds: float = 0.4
) -> list[dict[str, Any]]:
    """Return all frames that arrive before a pause of this length."""
    received = []
    while not await connection.receive_nothing(quiet_seconds):
        received.append(json.loads(await connection.receive_from()))
    return received


async def next_frame(connection: WebsocketCommunicator, frame_type: str) -> dict[str, Any]:
    """Return the next frame of a type and drop all frames before it."""
    while True:
        received = json.loads(await connection.receive_from(timeout=10))
        if received["type"] == frame_type:
            return received


async def wait_for_counts(connection: WebsocketCommunicator, **expected: int) -> None:
    """Wait for a count frame with these values."""
    while (count := await next_frame(connection, "connection-count")) | expected != count:
        pass
