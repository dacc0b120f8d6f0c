"""Frames straight to the kernel, past Twisted's queue: the way out of a socket of Daphne.

With :mod:`landing.live.transport.daphne` the only module that knows the insides of Twisted and
autobahn. Each private attribute is named here with its reason and held by
``tests/live/test_daphne.py``. Why: docs/decisions/0006-direct-socket-writes.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf
from typing import Any, ClassVar

from .outbound import EncodedFrames, OutboundBatch

#: As of a socket: the bytes in, how many of them the kernel took.
Send = Callable[[bytes], int]


class DirectBatch:
    """For the inner loop of fan-out, which touches nothing of a socket but its ``send``.

    With thousands of sockets whatever is looked at comes from main memory, and asking each
    for its queue and its state costs a good part of the send itself. So those that are not
    to be sent to are found otherwise.
    """

    sends_in_tasks: ClassVar[bool] = False

    def __init__(self) -> None:
        self._lines: list[DirectOutbound] = []
        self._sends: list[Send] = []
        self._first_timeout_at = inf

    def add(self, line: DirectOutbound) -> None:
        self._lines.append(line)
        self._sends.append(line.send)
        self._first_timeout_at = min(self._first_timeout_at, _timeout_at(line.connection))

    def write(self, frame: EncodedFrames, begin: int, end: int) -> list[int]:
        data, size, rest = frame.data, len(frame.data), []
        others = self._not_to_be_sent_to(begin, end)
        for position, send in enumerate(self._sends[begin:end], begin):
            if others and send in others:
                rest.append(position)
                continue
            try:
                sent = send(data)
            except OSError:
                rest.append(position)
                continue
            if sent != size:
                self._lines[position].queue_bytes(data[sent:])
        return rest

    def _not_to_be_sent_to(self, begin: int, end: int) -> set[Send]:
        """Those with bytes queued, and those that have sent their close frame.

        Twisted watches for writing just those for which bytes wait (IReactorFDSet, a
        public interface). An answer to a client's close frame is among these until it has
        left and the socket is closed. A socket that we close is in no registry any more,
        and autobahn drops those that it fails. What remains is one to which Daphne, after
        its ``--websocket_timeout``, has sent a close frame of its own accord.
        """
        lines, writers = self._lines[begin:end], self._lines[begin].transport.reactor.getWriters()
        if len(writers) > len(lines):
            return {line.send for line in lines if line.waiting_bytes() or not line.is_open}
        others = {writer.getHandle().send for writer in writers if hasattr(writer, "getHandle")}
        if time.time() >= self._first_timeout_at:
            others |= {line.send for line in lines if not line.is_open}
        return others


def _timeout_at(connection: Any) -> float:
    """When Daphne closes it of its own accord, Unix time; at any time where that is unknown."""
    try:
        timeout_seconds: float = connection.server.websocket_timeout
        if not connection.failByDrop:
            return -inf
        return inf if timeout_seconds < 0 else connection.socket_opened + timeout_seconds
    except AttributeError:
        return -inf


class DirectOutbound:
    """Straight to the kernel while Twisted has nothing queued: no select loop, no copy.

    Twisted would queue each write and ask the kernel twice per frame to tell it that
    the socket is writable, which it nearly always is.
    """

    __slots__ = ("connection", "send", "transport")

    many: ClassVar[type[OutboundBatch]] = DirectBatch

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.transport = connection.transport
        # ITCPTransport.getHandle() is public; the socket is in non-blocking mode.
        self.send: Send = self.transport.getHandle().send

    @property
    def is_open(self) -> bool:
        """Neither closed nor closing: a text may follow."""
        return bool(self.connection.state == self.connection.STATE_OPEN)

    def write(self, frame: EncodedFrames) -> bool:
        if self.waiting_bytes() or not self.is_open:
            return False
        data = frame.data
        try:
            sent = self.send(data)
        except OSError:
            # Its buffer is full, or it is gone, which Twisted finds out when it tries.
            return False
        if sent < len(data):
            self.queue_bytes(data[sent:])
        return True

    def queue(self, frame: EncodedFrames) -> bool:
        if not self.is_open:
            return False
        self.queue_bytes(frame.data)
        return True

    def queue_bytes(self, data: bytes) -> None:
        """Behind what Twisted has queued, or as the first of it."""
        self.transport.write(data)

    def waiting_bytes(self) -> int:
        return _waiting_bytes(self.transport)


def is_plain(connection: Any) -> bool:
    """Whether the bytes of a frame are the bytes on the wire.

    Not so over TLS (the transport is a wrapper) and on a Unix socket that passes
    descriptors; nor with ``_perMessageCompress``, which autobahn sets when an extension
    was agreed on (Daphne offers none).
    """
    from twisted.internet.tcp import Server

    if not (hasattr(connection, "state") and hasattr(connection.transport, "reactor")):
        return False
    compress = getattr(connection, "_perMessageCompress", "unknown")
    return type(connection.transport) is Server and compress is None


def backlog_of(connection: Any) -> Callable[[], int] | None:
    """A function that tells how many bytes wait, in the clear or under TLS; None: nobody knows."""
    transport = _innermost(connection.transport)
    if not all(hasattr(transport, name) for name in ("dataBuffer", "offset", "_tempDataLen")):
        return None
    return lambda: _waiting_bytes(transport)


def _innermost(transport: Any) -> Any:
    """Under TLS, the TCP transport in which encrypted bytes wait."""
    from twisted.protocols.policies import ProtocolWrapper

    while isinstance(transport, ProtocolWrapper):
        transport = transport.transport
    return transport


def _waiting_bytes(transport: Any) -> int:
    """What Twisted has queued: ``dataBuffer`` from ``offset`` on, then ``_tempDataBuffer``.

    Twisted offers no public way to see it, only a producer to be paused at 64 KB.
    """
    waiting: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
    return waiting
