"""Find out whether REDIS_URL speaks TLS to a port without it, or the reverse.

Both mistakes look like an unreachable Redis: a server that waits for the rest of a command, or
one that closes the connection.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

from redis.asyncio.connection import SSLConnection, parse_url

#: Longest time of one attempt.
TIMEOUT_SECONDS = 1.0


async def find_mistake(url: str) -> str | None:
    """Return the mistake in a sentence without the full stop, or None."""
    options = parse_url(url)
    if "path" in options:
        return None
    host, port = options.get("host", "localhost"), options.get("port", 6379)
    with suppress(OSError, asyncio.IncompleteReadError):
        async with asyncio.timeout(TIMEOUT_SECONDS):
            if options.get("connection_class") is not SSLConnection:
                if await _accepts_tls(host, port):
                    return "The port expects TLS: the URL must begin with rediss://"
            elif await _answers_without_tls(host, port):
                return "The port answers without TLS: the URL must begin with redis://"
    return None


async def _accepts_tls(host: str, port: int) -> bool:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection(host, port, ssl=context)
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def _answers_without_tls(host: str, port: int) -> bool:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"PING\r\n")
        return await reader.readexactly(1) in (b"+", b"-")
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
