"""The way out to one socket: what fan-out needs of it, and the one that every server has.

A line never waits. What a socket is told now and what it can only be told later is
decided by :mod:`landing.live.transport.fanout`; :mod:`landing.live.transport.daphne` has
a faster line.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, ClassVar, NamedTuple, Protocol

from autobahn.websocket.protocol import PreparedMessage

logger = logging.getLogger(__name__)

#: An ASGI ``send``.
AsgiSend = Callable[[Any], Awaitable[None]]


class EncodedFrames(NamedTuple):
    """Some text messages, and all their bytes as a server puts them on the wire (RFC 6455)."""

    texts: tuple[str, ...]
    data: bytes


def encode(texts: Iterable[str]) -> EncodedFrames:
    """Encode once what goes to many."""
    texts = tuple(texts)
    messages = [
        PreparedMessage(text.encode(), isBinary=False, applyMask=False, doNotCompress=True)
        for text in texts
    ]
    return EncodedFrames(texts, b"".join(message.payloadHybi for message in messages))


class Outbound(Protocol):
    """One socket's way out. Nothing here waits, and nothing raises when the socket is gone."""

    #: what many of this kind are put into, for a frame that goes to all
    many: ClassVar[type[OutboundBatch]]

    def write(self, frame: EncodedFrames) -> bool:
        """Pass it on at once; False, and nothing is taken, where something still waits."""

    def queue(self, frame: EncodedFrames) -> bool:
        """Put it behind what waits; False, and nothing is taken, where that cannot be."""

    def waiting_bytes(self) -> int:
        """What was taken and has not left this process; 0 for a socket that keeps up."""


class OutboundBatch(Protocol):
    """Many lines, so laid out that one frame goes out to all of them fast."""

    #: whether the sends go on after :meth:`write`, in the next turn of the event loop
    sends_in_tasks: ClassVar[bool]

    def add(self, line: Any) -> None:
        """The next position is this one's."""

    def write(self, frame: EncodedFrames, begin: int, end: int) -> list[int]:
        """:meth:`Outbound.write` to those positions; which of them did not take it."""


class SequentialBatch:
    """Of any kind: each is asked by itself."""

    sends_in_tasks: ClassVar[bool] = True

    def __init__(self) -> None:
        self._lines: list[Outbound] = []

    def add(self, line: Outbound) -> None:
        self._lines.append(line)

    def write(self, frame: EncodedFrames, begin: int, end: int) -> list[int]:
        lines = enumerate(self._lines[begin:end], begin)
        return [position for position, line in lines if not line.write(frame)]


class AsgiOutbound:
    """Plain ASGI sends, each frame in a task, as a server may make a sender wait.

    ``backlog_bytes`` is for a server that takes everything at once and can tell how
    much of it waits; elsewhere one frame is on its way at a time.
    """

    __slots__ = ("_backlog_bytes", "_send", "_sending_bytes")

    many: ClassVar[type[OutboundBatch]] = SequentialBatch

    def __init__(self, send: AsgiSend, backlog_bytes: Callable[[], int] | None = None) -> None:
        self._send = send
        self._backlog_bytes = backlog_bytes
        self._sending_bytes = 0

    def write(self, frame: EncodedFrames) -> bool:
        if self.waiting_bytes():
            return False
        self._start(frame)
        return True

    def queue(self, frame: EncodedFrames) -> bool:
        if self._backlog_bytes is None:
            return False
        self._start(frame)
        return True

    def waiting_bytes(self) -> int:
        backlog_bytes = self._backlog_bytes() if self._backlog_bytes else 0
        return self._sending_bytes + backlog_bytes

    def _start(self, frame: EncodedFrames) -> None:
        self._sending_bytes += len(frame.data)
        task = asyncio.ensure_future(self._send_all(frame))
        _sending.add(task)
        task.add_done_callback(_sending.discard)

    async def _send_all(self, frame: EncodedFrames) -> None:
        try:
            for text in frame.texts:
                await self._send({"type": "websocket.send", "text": text})
        except Exception as error:  # noqa: BLE001  servers differ in what they raise
            # The socket's own consumer notices that it is gone.
            logger.debug("A frame did not reach a socket: %r", error)
        finally:
            self._sending_bytes -= len(frame.data)


#: An event loop holds its tasks only weakly.
_sending: set[asyncio.Task[None]] = set()
