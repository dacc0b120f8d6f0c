"""One socket of the load client, which speaks WebSocket and Socket.IO 4.

A peer owns one connection. It knows neither the crowd nor the scenario.
"""

from __future__ import annotations

import socket
import struct
from enum import IntEnum

from tests.load.bench import greetings
from tests.load.bench.servers import Server
from tests.services import frames
from tests.services.ports import HOST

#: Delays the choice of the port until connect(), so that servers can share port numbers.
IP_BIND_ADDRESS_NO_PORT = 24
#: Value of SO_LINGER with which close() sends an RST, so that no port stays occupied.
AT_ONCE = struct.pack("ii", 1, 0)
NORMAL_CLOSURE = struct.pack("!H", 1000)


class Phase(IntEnum):
    """The progress of a socket."""

    CONNECTING = 0
    ASKED = 1
    #: in the handshake of Socket.IO, which follows that of WebSocket
    JOINING = 2
    OPEN = 3
    LEAVING = 4


class Peer:
    """One connection and its counters.

    ``newest`` is the last text frame with its header. ``frames`` counts text frames, and
    ``asides`` all others. For Socket.IO, only events count as text frames.
    """

    __slots__ = (
        *("asides", "buffer", "close_code", "fd", "frames", "is_controller", "newest", "phase"),
        *("shows", "_name", "_socket", "_speaks_socketio"),
    )

    def __init__(self, server: Server, source: str, *, is_controller: bool = False) -> None:
        """Connect from the address ``source`` without blocking."""
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.bind((source, 0))
        connection.connect_ex((HOST, server.port))
        self.fd = connection.fileno()
        self.phase = Phase.CONNECTING
        self.buffer = b""
        self.newest = b""
        self.frames = 0
        self.asides = 0
        self.shows = False
        self.close_code: int | None = None
        self.is_controller = is_controller
        self._name = server.name
        self._socket = connection
        self._speaks_socketio = server.speaks_socketio

    def is_open(self) -> bool:
        """Return whether the handshake is complete and neither side has closed."""
        return self.phase is Phase.OPEN

    # -- outbound --------------------------------------------------------------------

    def ask(self, request: bytes) -> bool:
        """Send the handshake. Return False if the connection is not established yet."""
        try:
            self._socket.send(request)
        except BlockingIOError:
            self.buffer = request
            return False
        self.buffer = b""
        self.phase = Phase.ASKED
        return True

    def leave(self) -> None:
        """Send a close frame as a closed tab does. The server ends the connection."""
        self.phase = Phase.LEAVING
        self._send(frames.CLOSE, NORMAL_CLOSURE)

    def wait_for(self, size_bytes: int) -> None:
        """Report the socket as readable only when ``size_bytes`` have arrived."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size_bytes)

    def vanish(self) -> None:
        """Drop the connection without a close frame."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self._socket.close()

    def end(self) -> None:
        """Handle the end of the connection by the server."""
        if self.phase < Phase.OPEN:
            raise RuntimeError(f"{self._name} ended a handshake: {self.buffer[:200]!r}")
        self.phase = Phase.LEAVING
        self._socket.close()

    def order_broadcast(self, text: str) -> None:
        """Make the server send this text to all its sockets. For Socket.IO it is JSON."""
        if self._speaks_socketio:
            text = f'{greetings.EVENT.decode()}/control,["broadcast",{text}]'
        # Blocking, so that no frame is sent in part.
        self._socket.setblocking(True)
        self._send(frames.TEXT, text.encode())
        self._socket.setblocking(False)

    # -- inbound ---------------------------------------------------------------------

    def take(self, data: bytes) -> None:
        """Parse all bytes received so far, and keep the incomplete rest."""
        if self.phase is Phase.ASKED:
            head, separator, rest = data.partition(greetings.END_OF_HEAD)
            if not separator:
                self.buffer = data
                return
            if not head.startswith(greetings.SWITCHED):
                raise RuntimeError(f"{self._name} refused: {head[:200]!r}")
            data = rest
            self.phase = Phase.JOINING if self._speaks_socketio else Phase.OPEN
        at = 0
        for opcode, begin, end in frames.parse(data):
            if opcode == frames.TEXT:
                self._take_text(data[at:end], data[begin : begin + 2])
            else:
                self.asides += 1
            if opcode == frames.PING:
                self._send(frames.PONG, data[begin:end])
            elif opcode == frames.CLOSE and self.phase is not Phase.LEAVING:
                self.close_code = int.from_bytes(data[begin : begin + 2], "big") or None
                self.phase = Phase.LEAVING
                self._send(frames.CLOSE, data[begin : begin + 2])
            at = end
        self.buffer = data[at:]

    def _take_text(self, frame: bytes, start: bytes) -> None:
        """Count a text frame. ``start`` is the first two bytes of the payload, its type."""
        if self._speaks_socketio and start != greetings.EVENT:
            self.asides += 1
            self._take_packet(start)
            return
        self.newest = frame
        self.frames += 1

    def _take_packet(self, start: bytes) -> None:
        if start.startswith(greetings.ENGINE_PING):
            self._send(frames.TEXT, greetings.ENGINE_PONG)
        elif start.startswith(greetings.ENGINE_OPEN):
            namespace = greetings.CONTROL_NAMESPACE if self.is_controller else b""
            self._send(frames.TEXT, greetings.CONNECT + namespace)
        elif start == greetings.CONNECT:
            self.phase = Phase.OPEN

    def _send(self, opcode: int, payload: bytes) -> None:
        try:
            self._socket.sendall(frames.dump(opcode, payload))
        except ConnectionError:
            # The server closed the connection. The next read reports that.
            return
