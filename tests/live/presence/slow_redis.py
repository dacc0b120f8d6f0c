"""A Redis that takes its time: every answer passes a proxy that holds it back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


@asynccontextmanager
async def delayed(url: str, seconds: float) -> AsyncIterator[str]:
    """The URL of a proxy to ``url`` whose answers come ``seconds`` late."""
    target = urlsplit(url)

    async def pump(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
    ) -> None:
        # Redis sends an answer in as many pieces as it likes. Each is late by itself: one
        # after the other would make a split answer late by twice as much.
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while content := await reader.read(65536):
                loop.call_later(seconds, writer.write, content)
        loop.call_later(seconds, writer.close)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(
            target.hostname, target.port
        )
        open_writers.extend((writer, upstream_writer))
        await asyncio.gather(
            pump(reader, upstream_writer, 0), pump(upstream_reader, writer, seconds)
        )

    open_writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.close()
        for writer in open_writers:
            writer.close()
        closing = (writer.wait_closed() for writer in open_writers)
        await asyncio.gather(*closing, return_exceptions=True)
