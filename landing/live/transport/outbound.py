"""The outbound side of one connection: the interface of fan-out, and its form over ASGI.

An outbound never waits. :mod:`landing.live.broadcast.fanout` decides which frames are sent
now and which later. :mod:`landing.live.transport.direct_outbound` is the faster implementation
for Daphne.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, ClassVar, NamedTuple, Protocol

logger = logging.getLogger(__name__)

#: The first byte of a frame with a whole text message.
TEXT_FRAME = 0x81
#: The largest lengths that the second byte holds by itself, or announces with two bytes.
SHORT_LENGTH, MEDIUM_LENGTH = 125, 0xFFFF

#: An ASGI ``send``.
AsgiSend = Callable[[Any], Awaitable[None]]


class EncodedFrames(NamedTuple):
    """Some text frames, and their bytes on the wire (RFC 6455)."""

    texts: tuple[str, ...]
    data: bytes


def encode(texts: Iterable[str]) -> EncodedFrames:
    """Encode texts once for many connections."""
    texts = tuple(texts)
    return EncodedFrames(texts, b"".join(_frame(text.encode()) for text in texts))


def _frame(payload: bytes) -> bytes:
    """Return the payload as one text frame of a server: whole, unmasked, and not compressed."""
    length = len(payload)
    if length <= SHORT_LENGTH:
        return bytes((TEXT_FRAME, length)) + payload
    if length <= MEDIUM_LENGTH:
        return bytes((TEXT_FRAME, 126)) + length.to_bytes(2, "big") + payload
    return bytes((TEXT_FRAME, 127)) + length.to_bytes(8, "big") + payload


class Outbound(Protocol):
    """The outbound side of one connection.

    No method waits. None raises when the connection is gone: its consumer notices that.
    """

    #: groups outbounds of this type for a broadcast
    batch_type: ClassVar[type[OutboundBatch]]

    def write(self, frames: EncodedFrames) -> bool:
        """Send at once and return True; return False if earlier bytes still wait."""

    def queue(self, frames: EncodedFrames) -> bool:
        """Send behind the bytes that wait and return True; return False if that is impossible."""

    def waiting_bytes(self) -> int:
        """Return the bytes that have not left this process; 0 for a client that keeps up."""


class OutboundBatch(Protocol):
    """Many outbounds of one type, laid out for sending the same frames to all of them."""

    #: whether sends continue after :meth:`write`, in the next turn of the event loop
    sends_in_tasks: ClassVar[bool]

    def add(self, outbound: Any) -> None:
        """Append an outbound; positions count from 0."""

    def write(self, frames: EncodedFrames, start: int, stop: int) -> list[int]:
        """Call :meth:`Outbound.write` on these positions; return those that returned False."""


class SequentialBatch:
    """Outbounds of any type, called one by one."""

    sends_in_tasks: ClassVar[bool] = True

    def __init__(self) -> None:
        self._outbounds: list[Outbound] = []

    def add(self, outbound: Outbound) -> None:
        """Append an outbound."""
        self._outbounds.append(outbound)

    def write(self, frames: EncodedFrames, start: int, stop: int) -> list[int]:
        """Write to these positions; return those that did not accept the frames."""
        outbounds = enumerate(self._outbounds[start:stop], start)
        return [position for position, outbound in outbounds if not outbound.write(frames)]


class AsgiOutbound:
    """Sends through ASGI, each broadcast in a task, because a server may make a sender wait.

    ``count_waiting_bytes`` is for a server that accepts everything at once and exposes the
    size of its queue. Without it, one broadcast is in progress at a time.
    """

    __slots__ = ("_count_waiting_bytes", "_send", "_sending_bytes")

    batch_type: ClassVar[type[OutboundBatch]] = SequentialBatch

    def __init__(
        self, send: AsgiSend, count_waiting_bytes: Callable[[], int] | None = None
    ) -> None:
        self._send = send
        self._count_waiting_bytes = count_waiting_bytes
        self._sending_bytes = 0

    def write(self, frames: EncodedFrames) -> bool:
        """Start sending unless earlier bytes wait."""
        if self.waiting_bytes():
            return False
        self._start(frames)
        return True

    def queue(self, frames: EncodedFrames) -> bool:
        """Start sending if the server queues by itself."""
        if self._count_waiting_bytes is None:
            return False
        self._start(frames)
        return True

    def waiting_bytes(self) -> int:
        """Return the bytes in tasks plus those in the server's buffer."""
        buffered_bytes = self._count_waiting_bytes() if self._count_waiting_bytes else 0
        return self._sending_bytes + buffered_bytes

    def _start(self, frames: EncodedFrames) -> None:
        self._sending_bytes += len(frames.data)
        task = asyncio.ensure_future(self._send_all(frames))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    async def _send_all(self, frames: EncodedFrames) -> None:
        try:
            for text in frames.texts:
                await self._send({"type": "websocket.send", "text": text})
        except Exception as error:  # noqa: BLE001  servers differ in what they raise
            # The consumer of the connection notices that it is gone.
            logger.debug("A frame did not reach a connection: %r", error)
        finally:
            self._sending_bytes -= len(frames.data)


#: An event loop holds its tasks only weakly.
_tasks: set[asyncio.Task[None]] = set()
