"""The sockets of an attacker: thousands of TCP connections in one process.

It opens, sends, and reads. It does not know the attacks.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.load.attack.target import END_OF_HEAD, HOST, status_of

#: Delays the choice of the port until connect(), so that connections can share port numbers.
IP_BIND_ADDRESS_NO_PORT = 24
#: Value of SO_LINGER with which close() sends an RST, so that no port stays occupied.
AT_ONCE = struct.pack("ii", 1, 0)
#: A client that does not read keeps little in the kernel, as a device with little memory does.
RECEIVE_BUFFER_BYTES = 65_536
READ_BYTES = 65_536
#: Bytes of a response that are kept.
HEAD_BYTES = 16_384
EVENTS = 1_024
SWITCHED = 101


class Line:
    """One connection. ``head`` is the start of the response, and ``status`` its status."""

    __slots__ = ("ended", "flood", "head", "on_end", "on_open", "opened_at", "pending")
    __slots__ += ("reads", "socket", "status")

    def __init__(self, connection: socket.socket, request: bytes, *, reads: bool) -> None:
        self.socket = connection
        self.pending = memoryview(request)
        self.reads = reads
        self.opened_at = time.monotonic()
        self.status: int | None = None
        self.head = b""
        self.ended = False
        #: bytes that are sent again and again once the WebSocket is open
        self.flood = b""
        self.on_open: Callable[[Line], None] | None = None
        self.on_end: Callable[[Line], None] | None = None

    @property
    def age(self) -> float:
        return time.monotonic() - self.opened_at


class Lines:
    """All connections of an attacker, and what became of them."""

    def __init__(self) -> None:
        self.open: dict[int, Line] = {}
        self.attempts = 0
        self.sent_bytes = 0
        #: first responses by status; 0 for connections that ended without one
        self.statuses: Counter[int] = Counter()
        #: connections that the server ended, and the highest age of any
        self.ended_by_server = 0
        self.longest_seconds = 0.0
        self._epoll = select.epoll()

    def dial(
        self,
        port: int,
        source: str,
        request: bytes = b"",
        *,
        reads: bool = True,
        flood: bytes = b"",
        on_open: Callable[[Line], None] | None = None,
        on_end: Callable[[Line], None] | None = None,
    ) -> Line:
        """Connect from the address ``source`` and send the request.

        A line with ``reads=False`` reads nothing after the response to its handshake.
        """
        self.attempts += 1
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        connection.bind((source, 0))
        connection.connect_ex((HOST, port))
        line = Line(connection, request, reads=reads)
        line.flood, line.on_open, line.on_end = flood, on_open, on_end
        self.open[connection.fileno()] = line
        self._epoll.register(connection, select.EPOLLIN | select.EPOLLOUT)
        return line

    def send(self, line: Line, data: bytes) -> None:
        """Send after everything that is pending. A line that ended ignores the call."""
        if not line.ended:
            line.pending = memoryview(bytes(line.pending) + data)
            self._write(line)

    def hang_up(self, line: Line) -> None:
        """Drop a connection on this side."""
        self._finish(line)

    def hang_up_all(self) -> None:
        for line in list(self.open.values()):
            self._finish(line)

    def pump(self, timeout_seconds: float) -> None:
        """Read and write the sockets that are ready."""
        for fd, event in self._epoll.poll(timeout_seconds, EVENTS):
            line = self.open.get(fd)
            if line is None:
                continue
            if event & select.EPOLLOUT:
                self._write(line)
            if not line.ended and event & ~select.EPOLLOUT:
                self._read(line, event)

    def as_json(self) -> dict[str, Any]:
        """Return the figures of all connections, including those that are still open."""
        ages = [line.age for line in self.open.values()]
        return {
            "attempts": self.attempts,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "ended_by_server": self.ended_by_server,
            "longest_seconds": round(max([self.longest_seconds, *ages]), 2),
            "open": len(self.open),
            "sent_mb": round(self.sent_bytes / 1e6, 1),
        }

    # -- events ----------------------------------------------------------------------

    def _write(self, line: Line) -> None:
        if not line.pending and line.flood and line.status == SWITCHED:
            line.pending = memoryview(line.flood)
        try:
            while line.pending:
                sent = line.socket.send(line.pending)
                self.sent_bytes += sent
                line.pending = line.pending[sent:]
        except BlockingIOError:
            pass
        except OSError:
            self._ended(line)
            return
        self._watch(line)

    def _read(self, line: Line, event: int) -> None:
        try:
            data = line.socket.recv(READ_BYTES) if self._reads(line) else b""
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._ended(line)
            return
        if len(line.head) < HEAD_BYTES:
            line.head += data
        if line.status is None and END_OF_HEAD in line.head:
            line.status = status_of(line.head)
            self.statuses[line.status] += 1
            if line.on_open is not None and line.status == SWITCHED:
                line.on_open(line)
            if not line.ended:
                self._watch(line)

    def _reads(self, line: Line) -> bool:
        return line.reads or line.status != SWITCHED

    def _watch(self, line: Line) -> None:
        wanted = select.EPOLLRDHUP
        if self._reads(line):
            wanted |= select.EPOLLIN
        if line.pending or (line.flood and line.status == SWITCHED):
            wanted |= select.EPOLLOUT
        self._epoll.modify(line.socket, wanted)

    def _ended(self, line: Line) -> None:
        if line.status is None:
            self.statuses[0] += 1
        self.ended_by_server += 1
        self._finish(line)
        if line.on_end is not None:
            line.on_end(line)

    def _finish(self, line: Line) -> None:
        if not line.ended:
            line.ended = True
            self.longest_seconds = max(self.longest_seconds, line.age)
            del self.open[line.socket.fileno()]
            line.socket.close()
