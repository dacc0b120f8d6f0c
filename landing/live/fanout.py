"""One encoded frame, or one close code, to many local sockets.

Knows how to send, not what or when. A socket that is gone is no error here: its
own consumer notices and cleans up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from landing.live.registry import Connection

logger = logging.getLogger(__name__)

#: Sends between two yields to the event loop: 100 cost about 6 ms on one core
#: (measured with 150-byte frames on Daphne), which is what another socket may wait.
CHUNK = 100


async def send_to_all(frame: str, connections: Sequence[Connection]) -> int:
    """Send the frame to each, yielding between chunks; returns how many took it."""
    delivered = 0
    for start in range(0, len(connections), CHUNK):
        for connection in connections[start : start + CHUNK]:
            delivered += await send_to(frame, connection)
        await asyncio.sleep(0)
    return delivered


async def send_to(frame: str, connection: Connection) -> bool:
    """Send the frame to one socket; False when it could not be sent."""
    try:
        await connection.send(frame)
    except Exception as error:  # noqa: BLE001  servers differ in what they raise
        # A socket that has just closed must not keep the frame from those behind it.
        logger.debug("A frame did not reach a socket: %r", error)
        return False
    return True


async def close_all(code: int, connections: Sequence[Connection]) -> None:
    """End each of them; one that is gone already keeps none of the others."""
    endings = (connection.close(code) for connection in connections)
    for outcome in await asyncio.gather(*endings, return_exceptions=True):
        if isinstance(outcome, Exception):
            logger.debug("A socket was gone before it was closed: %r", outcome)
