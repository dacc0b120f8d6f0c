"""A slow Redis: a proxy delays every answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


@asynccontextmanager
async def delayed(url: str, seconds: float) -> AsyncIterator[str]:
    """Yield the URL of a proxy to ``url`` that delays answers by ``seconds``."""
    target = urlsplit(url)

    async def pump(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
    ) -> None:
        # Redis can split an answer. Each piece is delayed by itself: delays one after the
        # other would add up.
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
