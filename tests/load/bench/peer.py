"""One socket of the load client and what it says: WebSocket, and Socket.IO 4 over it.

Owns one conversation. Knows nothing of the crowd around it or of what is measured.
"""

from __future__ import annotations

import socket
import struct
from enum import IntEnum

from tests.load.bench import greetings
from tests.load.bench.servers import Server
from tests.services import frames
from tests.services.ports import HOST

#: Leaves the choice of the port to connect(), where it need only be free towards this server.
IP_BIND_ADDRESS_NO_PORT = 24
#: For SO_LINGER: close() sends an RST, so that no port stays occupied.
AT_ONCE = struct.pack("ii", 1, 0)
NORMAL_CLOSURE = struct.pack("!H", 1000)


class Phase(IntEnum):
    """How far a socket has got."""

    CONNECTING = 0
    ASKED = 1
    #: Socket.IO's own handshake, after that of WebSocket
    JOINING = 2
    OPEN = 3
    LEAVING = 4


class Peer:
    """``newest`` is the last text frame with its header, ``frames`` how many came;
    ``asides`` how many of another kind.

    On Socket.IO only events are taken for text frames.
    """

    __slots__ = (
        *("asides", "buffer", "close_code", "fd", "frames", "is_controller", "newest", "phase"),
        *("shows", "_name", "_socket", "_speaks_socketio"),
    )

    def __init__(self, server: Server, source: str, *, is_controller: bool = False) -> None:
        """Connects from the address ``source``, without waiting."""
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
        """Whether its handshake is complete and nobody has ended it."""
        return self.phase is Phase.OPEN

    # -- what the client does --------------------------------------------------------

    def ask(self, request: bytes) -> bool:
        """Send the handshake; False when the connection is not there yet."""
        try:
            self._socket.send(request)
        except BlockingIOError:
            self.buffer = request
            return False
        self.buffer = b""
        self.phase = Phase.ASKED
        return True

    def leave(self) -> None:
        """As a closed tab: say so; the server ends the connection."""
        self.phase = Phase.LEAVING
        self._send(frames.CLOSE, NORMAL_CLOSURE)

    def wait_for(self, size_bytes: int) -> None:
        """There is nothing to read until so much has come."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size_bytes)

    def vanish(self) -> None:
        """Without a word."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self._socket.close()

    def end(self) -> None:
        """The server has ended the connection."""
        if self.phase < Phase.OPEN:
            raise RuntimeError(f"{self._name} ended a handshake: {self.buffer[:200]!r}")
        self.phase = Phase.LEAVING
        self._socket.close()

    def order_broadcast(self, text: str) -> None:
        """Have the server send this to all its sockets; Socket.IO takes it as JSON."""
        if self._speaks_socketio:
            text = f'{greetings.EVENT.decode()}/control,["broadcast",{text}]'
        # One that does not fit waits, so that none is cut in two.
        self._socket.setblocking(True)
        self._send(frames.TEXT, text.encode())
        self._socket.setblocking(False)

    # -- what the server says --------------------------------------------------------

    def take(self, data: bytes) -> None:
        """Everything received and not yet understood."""
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
        """``start``: the first two bytes of its payload, which say what kind it is."""
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
            # The server has ended it; the read that follows sees that.
            return
