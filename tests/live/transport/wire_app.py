"""An ASGI application that says the same in each way that there is, for a look at the bytes."""

from __future__ import annotations

import asyncio
from typing import Any

from landing.live.transport import daphne
from landing.live.transport.outbound import Outbound, encode

#: At each length from which on RFC 6455 has another header, up to what Daphne is told to send
#: at most, and in more than one byte each.
TEXTS = [
    *("x" * length for length in (1, 125, 126, 127, 65_535, 65_536)),
    *("é", "👋🏽" * 40, "人" * 20_000),
]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """The path says how; then the client is to end the connection."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    line = daphne.open_outbound(send, fast_path=True)
    assert line is not None
    await {"/asgi": _plainly, "/written": _one_by_one, "/queued": _together, "/kind": _kind}[
        scope["path"]
    ](line, send)
    await receive()


async def _plainly(line: Outbound, send: Any) -> None:
    for text in TEXTS:
        await send({"type": "websocket.send", "text": text})


async def _one_by_one(line: Outbound, send: Any) -> None:
    for text in TEXTS:
        while not line.write(encode([text])):  # noqa: ASYNC110  nothing tells when it can
            await asyncio.sleep(0.001)


async def _together(line: Outbound, send: Any) -> None:
    assert line.queue(encode(TEXTS))


async def _kind(line: Outbound, send: Any) -> None:
    await send({"type": "websocket.send", "text": type(line).__name__})
