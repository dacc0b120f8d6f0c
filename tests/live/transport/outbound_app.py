"""An ASGI application that sends the same texts on each outbound path."""

from __future__ import annotations

import asyncio
from typing import Any

from landing.live.transport import daphne
from landing.live.transport.outbound import Outbound, encode

#: Texts around each length at which the header of RFC 6455 changes, up to Daphne's limit, with
#: characters of several bytes.
TEXTS = [
    *("x" * length for length in (1, 125, 126, 127, 65_535, 65_536)),
    *("é", "👋🏽" * 40, "人" * 20_000),
]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Send the texts on the outbound path that the URL names, and wait for the client to close."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    outbound = daphne.open_outbound(send, fast_path=True)
    assert outbound is not None
    await {
        "/asgi": _send_through_asgi,
        "/written": _write_each,
        "/queued": _queue_all,
        "/type": _send_type,
    }[scope["path"]](outbound, send)
    await receive()


async def _send_through_asgi(outbound: Outbound, send: Any) -> None:
    for text in TEXTS:
        await send({"type": "websocket.send", "text": text})


async def _write_each(outbound: Outbound, send: Any) -> None:
    for text in TEXTS:
        while not outbound.write(encode([text])):  # noqa: ASYNC110  an outbound has no event
            await asyncio.sleep(0.001)


async def _queue_all(outbound: Outbound, send: Any) -> None:
    assert outbound.queue(encode(TEXTS))


async def _send_type(outbound: Outbound, send: Any) -> None:
    await send({"type": "websocket.send", "text": type(outbound).__name__})
