"""The load client: up to 10,000 sockets of one process, at 1-2 µs a frame.

Raw sockets under epoll, without asyncio. Speaks plain WebSocket and Socket.IO 4 over
WebSocket. Knows nothing of what is measured.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Callable
from enum import IntEnum
from itertools import cycle

from tests.load.bench import frames, greetings
from tests.load.bench.servers import Server
from tests.services.ports import HOST

#: Sockets that only differ in their port run out of ports; each address has its own.
SOURCES = [f"127.0.0.{number}" for number in range(2, 18)]
#: Leaves the choice of the port to connect(), where it need only be free towards this server.
IP_BIND_ADDRESS_NO_PORT = 24
#: Sent on close(), so that no port stays occupied: an RST instead of a FIN.
AT_ONCE = struct.pack("ii", 1, 0)
READ_BYTES = 65_536
#: A crowd in which nothing happens for so long will not get any further.
PATIENCE_SECONDS = 30.0


class Phase(IntEnum):
    """How far a socket has got. ``OPEN``: the server's greeting may still be under way."""

    CONNECTING = 0
    ASKED = 1
    JOINING = 2
    OPEN = 3
    LEAVING = 4


class Peer:
    """One socket. ``newest`` is its last text frame with its header, ``frames`` how many came."""

    __slots__ = ("buffer", "counts", "fd", "frames", "newest", "phase", "shows", "socket")

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.fd = connection.fileno()
        self.phase = Phase.CONNECTING
        self.buffer = b""
        self.newest = b""
        self.frames = 0
        self.shows = False
        #: False for the socket over which the harness speaks
        self.counts = True


class Crowd:
    """Sockets to one server. With ``greeted`` one counts as connected at its first text frame."""

    def __init__(self, server: Server, *, greeted: bool = False) -> None:
        self.server = server
        #: text frames (Socket.IO: events) received in total
        self.frames = 0
        #: sockets that completed their handshake so far
        self.connected = 0
        #: sockets whose last frames contained what :meth:`watch_for` waits for
        self.showing = 0
        #: close codes of sockets that the server ended; None where it gave none
        self.lost: list[int | None] = []
        self._greeted = greeted
        self._marker: bytes | None = None
        self._peers: dict[int, Peer] = {}
        self._order: list[Peer] = []
        self._epoll = select.epoll()
        self._sources = cycle(SOURCES)
        self._handshakes = 0
        self._controller: Peer | None = None

    # -- what scenarios ask for ------------------------------------------------------

    @property
    def open(self) -> int:
        """Sockets that are connected now."""
        return len(self._order)

    def newest(self, index: int) -> bytes:
        """The last text of a socket, by the order in which they connected; empty: none yet."""
        frame = self._order[index].newest
        return frames.payload(frame) if frame else b""

    def frames_of(self, index: int) -> int:
        """The number of text frames that one socket got."""
        return self._order[index].frames

    def connect(self, count: int, in_flight: int = 200) -> float:
        """Seconds until that many more are connected, so many of them at a time."""
        requests = [greetings.request(self.server, self.server.path) for _ in range(count)]
        began = time.perf_counter()
        target, asked = self.connected + count, 0
        deadline = began + PATIENCE_SECONDS
        while self.connected < target:
            before = self.connected
            while asked < count and self._handshakes < in_flight:
                self._dial(requests[asked])
                self._handshakes += 1
                asked += 1
            self._pump(0.1)
            now = time.perf_counter()
            if self.connected > before:
                deadline = now + PATIENCE_SECONDS
            elif now > deadline:
                raise TimeoutError(f"{target - self.connected} sockets were not accepted")
        return time.perf_counter() - began

    def close(self, count: int) -> None:
        """The oldest leave as a closed tab does; their ends are seen while the crowd runs."""
        leaving, self._order = self._order[:count], self._order[count:]
        for peer in leaving:
            peer.phase = Phase.LEAVING
            self._send(peer, frames.CLOSE, struct.pack("!H", 1000))

    def vanish(self) -> None:
        """All are gone without a word."""
        for peer in self._peers.values():
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            peer.socket.close()
        self._peers, self._order, self._handshakes = {}, [], 0
        self._controller = None
        self._epoll.close()
        self._epoll = select.epoll()

    def stop_reading(self, count: int) -> None:
        """The newest read nothing any more."""
        for peer in self._order[-count:]:
            self._epoll.unregister(peer.fd)

    def run(self, seconds: float) -> None:
        """Read and answer for so long."""
        self._run(lambda: False, time.perf_counter() + seconds)

    def run_until(self, done: Callable[[], bool], timeout_seconds: float = 60) -> float:
        """Seconds until it is so, asked after each batch of frames. Raises TimeoutError."""
        began = time.perf_counter()
        self._run(done, began + timeout_seconds)
        if not done():
            raise TimeoutError(
                f"{self.server.name}: not within {timeout_seconds} s; {self.open} open, "
                f"{self.showing} showing, {self.frames} frames, {len(self.lost)} lost"
            )
        return time.perf_counter() - began

    def watch_for(self, count: int) -> None:
        """From now on ``showing`` is how many sockets have got a frame with this count."""
        self._marker = self.server.marker(count)
        self.showing = 0
        for peer in self._order:
            peer.shows = False

    def broadcast(self, text: str) -> None:
        """Have the server send this to all its sockets; Socket.IO takes it as JSON."""
        if self._controller is None:
            self._controller = self._connect_controller()
        if self.server.speaks_socketio:
            text = f'42/control,["broadcast",{text}]'
        # A frame that does not fit waits, so that none is cut in two.
        self._controller.socket.setblocking(True)
        self._send(self._controller, frames.TEXT, text.encode())
        self._controller.socket.setblocking(False)

    # -- sockets ---------------------------------------------------------------------

    def _dial(self, first_bytes: bytes) -> Peer:
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.bind((next(self._sources), 0))
        connection.connect_ex((HOST, self.server.port))
        peer = Peer(connection)
        self._peers[peer.fd] = peer
        try:
            connection.send(first_bytes)
        except BlockingIOError:
            # Not established yet: asked as soon as it is.
            peer.buffer = first_bytes
            self._epoll.register(peer.fd, select.EPOLLOUT)
        else:
            peer.phase = Phase.ASKED
            self._epoll.register(peer.fd, select.EPOLLIN)
        return peer

    def _connect_controller(self) -> Peer:
        controller = self._dial(greetings.request(self.server, self.server.control_path))
        controller.counts = False
        self.run_until(lambda: controller.phase is Phase.OPEN, timeout_seconds=10)
        return controller

    def _run(self, done: Callable[[], bool], deadline: float) -> None:
        while not done() and (seconds := deadline - time.perf_counter()) > 0:
            self._pump(seconds)

    def _pump(self, timeout_seconds: float) -> None:
        """Read what is there. The usual case, one whole text frame, is handled right here."""
        peers, marker = self._peers, self._marker
        for fd, _ in self._epoll.poll(timeout_seconds):
            peer = peers[fd]
            if peer.phase is Phase.CONNECTING:
                self._ask(peer)
                continue
            try:
                data = os.read(fd, READ_BYTES)
            except ConnectionError:
                data = b""
            if not data:
                self._end(peer)
                continue
            if peer.buffer:
                data = peer.buffer + data
            if marker is not None and not peer.shows and marker in data:
                peer.shows = True
                self.showing += 1
            if peer.phase is Phase.OPEN and peer.frames and _is_one_text(data):
                peer.newest = data
                peer.frames += 1
                self.frames += 1
                peer.buffer = b""
            else:
                self._take(peer, data)

    # -- what the server says --------------------------------------------------------

    def _ask(self, peer: Peer) -> None:
        first_bytes, peer.buffer = peer.buffer, b""
        peer.phase = Phase.ASKED
        self._epoll.modify(peer.fd, select.EPOLLIN)
        peer.socket.send(first_bytes)

    def _take(self, peer: Peer, data: bytes) -> None:
        if peer.phase is Phase.ASKED:
            head, separator, rest = data.partition(greetings.END_OF_HEAD)
            if not separator:
                peer.buffer = data
                return
            if not head.startswith(greetings.SWITCHED):
                raise RuntimeError(f"{self.server.name} refused: {head[:200]!r}")
            data = rest
            if self.server.speaks_socketio:
                peer.phase = Phase.JOINING
            else:
                self._opened(peer)
        at = 0
        for opcode, begin, end in frames.parse(data):
            if opcode == frames.TEXT:
                self._take_text(peer, data[at:end], data[begin : begin + 2])
            elif opcode == frames.PING:
                self._send(peer, frames.PONG, data[begin:end])
            elif opcode == frames.CLOSE:
                self._take_close(peer, data[begin:end])
            at = end
        peer.buffer = data[at:]

    def _take_text(self, peer: Peer, frame: bytes, start: bytes) -> None:
        """``start``: the first two bytes of its payload, which say what kind it is."""
        if self.server.speaks_socketio and start != greetings.EVENT:
            self._take_packet(peer, start)
            return
        peer.newest = frame
        peer.frames += 1
        self.frames += 1
        if self._greeted and peer.frames == 1:
            self._count()

    def _take_packet(self, peer: Peer, start: bytes) -> None:
        if start.startswith(greetings.ENGINE_PING):
            self._send(peer, frames.TEXT, greetings.ENGINE_PONG)
        elif start.startswith(greetings.ENGINE_OPEN):
            namespace = b"" if peer.counts else greetings.CONTROL_NAMESPACE
            self._send(peer, frames.TEXT, greetings.CONNECT + namespace)
        elif start == greetings.CONNECT:
            self._opened(peer)

    def _opened(self, peer: Peer) -> None:
        peer.phase = Phase.OPEN
        if peer.counts:
            self._order.append(peer)
            if not self._greeted:
                self._count()

    def _count(self) -> None:
        self.connected += 1
        self._handshakes -= 1

    def _take_close(self, peer: Peer, payload: bytes) -> None:
        if peer.phase is Phase.OPEN:
            self._lose(peer, int.from_bytes(payload[:2], "big") if payload else None)
            self._send(peer, frames.CLOSE, payload[:2])

    def _end(self, peer: Peer) -> None:
        if peer.phase is Phase.OPEN:
            self._lose(peer, None)
        elif peer.phase is not Phase.LEAVING:
            raise RuntimeError(f"{self.server.name} ended a handshake")
        del self._peers[peer.fd]
        peer.socket.close()

    def _lose(self, peer: Peer, code: int | None) -> None:
        peer.phase = Phase.LEAVING
        if peer.counts:
            self.lost.append(code)
            self._order.remove(peer)

    def _send(self, peer: Peer, opcode: int, payload: bytes) -> None:
        try:
            peer.socket.sendall(frames.dump(opcode, payload))
        except ConnectionError:
            # The server has ended it; the read that follows sees that.
            return


def _is_one_text(data: bytes) -> bool:
    """Whether it is exactly one whole text frame of the usual size."""
    size = len(data)
    if size < 6 or data[0] != frames.FINAL_TEXT:
        return False
    if data[1] < 126:
        return data[1] == size - 2
    return data[1] == 126 and (data[2] << 8 | data[3]) == size - 4
