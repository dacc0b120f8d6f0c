"""The fast path: frames written straight to the kernel, past Twisted's write queue.

With :mod:`landing.live.transport.daphne`, the only module that uses private APIs of Twisted
and autobahn. Each private attribute is named here with its reason and held by
``tests/live/transport/test_daphne.py``. ``LANDING_FAST_PATH=false`` turns the fast path off.
See docs/decisions/0006-direct-socket-writes.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any, ClassVar

from twisted.internet.tcp import Server
from twisted.protocols.policies import ProtocolWrapper

from .counted_sockets import CountedSocket
from .outbound import EncodedFrames, OutboundBatch

#: Transports that write the bytes of a frame as they are.
TCP_TRANSPORTS = (Server, CountedSocket)

#: ``socket.send``: takes bytes, returns how many the kernel accepted.
Send = Callable[[bytes], int]


class DirectBatch:
    """The inner loop of a broadcast, which touches nothing but ``send`` of each socket.

    With thousands of connections, every object that is read comes from main memory. Asking
    each connection for its queue and state costs a good part of the send itself, so
    :meth:`_excluded` finds the exceptions for all of them at once.
    """

    sends_in_tasks: ClassVar[bool] = False

    def __init__(self) -> None:
        self._outbounds: list[DirectOutbound] = []
        self._sends: list[Send] = []
        self._first_timeout_at = inf

    def add(self, outbound: DirectOutbound) -> None:
        """Append an outbound."""
        self._outbounds.append(outbound)
        self._sends.append(outbound.send)
        self._first_timeout_at = min(self._first_timeout_at, _timeout_at(outbound.connection))

    def write(self, frames: EncodedFrames, start: int, stop: int) -> list[int]:
        """Write to these positions; return those that did not accept the frames."""
        data, size, rejected = frames.data, len(frames.data), []
        excluded = self._excluded(start, stop)
        for position, send in enumerate(self._sends[start:stop], start):
            if excluded and send in excluded:
                rejected.append(position)
                continue
            try:
                sent = send(data)
            except OSError:
                rejected.append(position)
                continue
            if sent != size:
                self._outbounds[position].queue_bytes(data[sent:])
        return rejected

    def _excluded(self, start: int, stop: int) -> set[Send]:
        """Return the sockets with queued bytes, and those whose close frame was sent.

        Twisted watches for writing exactly the sockets with queued bytes (IReactorFDSet, a
        public interface). That includes a reply to a client's close frame until the socket
        is closed. A connection that this worker closes has left the registry, and autobahn
        drops those that it fails. One case remains: a connection to which Daphne has sent a
        close frame after its ``--websocket_timeout``.
        """
        outbounds = self._outbounds[start:stop]
        writers = outbounds[0].transport.reactor.getWriters()
        if len(writers) > len(outbounds):
            return {each.send for each in outbounds if each.waiting_bytes() or not each.is_open}
        excluded = {writer.getHandle().send for writer in writers if hasattr(writer, "getHandle")}
        if time.time() >= self._first_timeout_at:
            excluded |= {each.send for each in outbounds if not each.is_open}
        return excluded


def _timeout_at(connection: Any) -> float:
    """Return the Unix time at which Daphne closes the connection; -inf if unknown."""
    try:
        timeout_seconds: float = connection.server.websocket_timeout
        if not connection.failByDrop:
            return -inf
        return inf if timeout_seconds < 0 else connection.socket_opened + timeout_seconds
    except AttributeError:
        return -inf


class DirectOutbound:
    """Writes to the socket while Twisted has nothing queued: no event loop turn, no copy.

    Twisted would queue each write and call the kernel twice per frame to learn that the
    socket is writable, which it nearly always is.
    """

    __slots__ = ("connection", "send", "transport")

    batch_type: ClassVar[type[OutboundBatch]] = DirectBatch

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.transport = connection.transport
        # ITCPTransport.getHandle() is public; the socket is in non-blocking mode.
        self.send: Send = self.transport.getHandle().send

    @property
    def is_open(self) -> bool:
        """Whether a text frame may follow: neither side has sent a close frame."""
        return bool(self.connection.state == self.connection.STATE_OPEN)

    def write(self, frames: EncodedFrames) -> bool:
        """Write to the kernel unless earlier bytes wait."""
        if self.waiting_bytes() or not self.is_open:
            return False
        data = frames.data
        try:
            sent = self.send(data)
        except OSError:
            # The buffer is full, or the peer is gone, which Twisted notices when it writes.
            return False
        if sent < len(data):
            self.queue_bytes(data[sent:])
        return True

    def queue(self, frames: EncodedFrames) -> bool:
        """Append to Twisted's write queue."""
        if not self.is_open:
            return False
        self.queue_bytes(frames.data)
        return True

    def queue_bytes(self, data: bytes) -> None:
        """Append bytes to Twisted's write queue."""
        self.transport.write(data)

    def waiting_bytes(self) -> int:
        """Return the bytes in Twisted's write queue."""
        return count_waiting_bytes(self.transport)


def is_plain(connection: Any) -> bool:
    """Return whether the bytes of a frame are the bytes on the wire.

    False over TLS (the transport is a wrapper), on a Unix socket that passes descriptors,
    and with ``_perMessageCompress``, which autobahn sets after it negotiated an extension
    (Daphne offers none). False after the connection was lost, too: it has no socket then.
    """
    if not hasattr(connection, "state") or not is_tcp(connection.transport):
        return False
    return getattr(connection, "_perMessageCompress", "unknown") is None


def is_tcp(transport: Any) -> bool:
    """Return whether this is an open connection whose bytes nothing wraps."""
    is_known = type(transport) in TCP_TRANSPORTS and hasattr(transport, "reactor")
    return is_known and _has_queue(transport) and bool(transport.connected)


def waiting_bytes_counter(connection: Any) -> Callable[[], int] | None:
    """Return a function that counts the waiting bytes, plain or TLS; None if unsupported."""
    transport = _innermost(connection.transport)
    return partial(count_waiting_bytes, transport) if _has_queue(transport) else None


def _innermost(transport: Any) -> Any:
    """Return the TCP transport, in which encrypted bytes wait under TLS."""
    while isinstance(transport, ProtocolWrapper):
        transport = transport.transport
    return transport


def _has_queue(transport: Any) -> bool:
    return (
        hasattr(transport, "dataBuffer")
        and hasattr(transport, "offset")
        and hasattr(transport, "_tempDataLen")
    )


def count_waiting_bytes(transport: Any) -> int:
    """Count Twisted's queue: ``dataBuffer`` from ``offset`` on, then ``_tempDataBuffer``.

    Twisted has no public way to read it, only a producer that it pauses at 64 KB.
    """
    waiting: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
    return waiting
