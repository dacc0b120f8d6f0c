"""The messages of a WebSocket, which an application receives at a bounded rate.

Without control frames and fragments, a message is a frame. The server stops reading from a client
whose messages wait, so that they do not fill the memory.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ...limits.frame_rate import MAX_EXCESS_SECONDS, POLICY_VIOLATION, FrameRate, frame_cost
from ..transport.guard import Guard

logger = logging.getLogger(__name__)

#: Lets a consumer unregister a closed connection at once, whatever its client does.
DISCONNECT = {"type": "websocket.disconnect", "code": POLICY_VIOLATION}


class BoundedFrames:
    """``receive`` of a WebSocket. A client over its rate is read more slowly, then closed."""

    def __init__(
        self,
        receive: Any,
        send: Any,
        guard: Guard,
        network: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._receive = receive
        self._send = send
        self._guard = guard
        self._network = network
        self._clock = clock
        self._sleep = sleep
        self._rate = FrameRate(guard.limits.connection_frames)
        self._is_closed = False

    async def receive(self) -> Any:
        """Return the next message, which waits until its connection and network may send one."""
        if self._is_closed:
            return DISCONNECT
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return message
        if not await self._wait_for_turn():
            await self._close()
            return DISCONNECT
        cost = frame_cost(len(message.get("text") or message.get("bytes") or b""))
        self._rate.spend(self._clock(), cost)
        if self._network:
            self._guard.limits.frames.spend(self._network, cost)
        return message

    async def _wait_for_turn(self) -> bool:
        """Wait, and return False if the connection has exceeded its own rate for too long."""
        while True:
            now = self._clock()
            own_seconds = self._rate.wait_seconds(now)
            wait_seconds = max(own_seconds, self._guard.limits.frames.wait_seconds(self._network))
            if not wait_seconds:
                return True
            if own_seconds and self._rate.is_abused(now):
                return False
            await self._sleep(min(wait_seconds, MAX_EXCESS_SECONDS))

    async def _close(self) -> None:
        self._is_closed = True
        self._guard.log_excess()
        try:
            await self._send({"type": "websocket.close", "code": POLICY_VIOLATION})
        except Exception as error:  # noqa: BLE001  servers differ in what they raise
            logger.debug("A connection over its rate has closed by itself: %r", error)
