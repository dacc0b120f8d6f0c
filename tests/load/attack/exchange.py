"""One HTTP request from a chosen address, on a connection of its own."""

from __future__ import annotations

import asyncio

from tests.load.attack.target import HOST


async def exchange(port: int, source: str, request: bytes, patience_seconds: float) -> bytes:
    """Send the bytes of a request. Return the response, or empty bytes if none came in time."""
    writer = None
    try:
        async with asyncio.timeout(patience_seconds):
            reader, writer = await asyncio.open_connection(HOST, port, local_addr=(source, 0))
            writer.write(request)
            return await reader.read(-1)
    except (TimeoutError, OSError):
        return b""
    finally:
        if writer is not None:
            writer.transport.abort()
