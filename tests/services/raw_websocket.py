"""A WebSocket client whose every byte and every read a test decides on; blocking."""

from __future__ import annotations

import itertools
import json
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

from tests.services import frames
from tests.services.ports import HOST

PATH = "/ws/landing/"
TIMEOUT_SECONDS = 10.0
END_OF_HEAD = b"\r\n\r\n"
NORMAL_CLOSURE = struct.pack("!H", 1000)
#: For SO_LINGER: close() sends an RST.
AT_ONCE = struct.pack("ii", 1, 0)
#: Fixed, as the kernel would take megabytes for who does not read.
RECEIVE_BUFFER_BYTES = 65_536
#: Without a cookie, whoever has another user agent is another visitor.
_numbers = itertools.count()


class RawWebSocket:
    """One connection, open once this is made; ends with the ``with`` block."""

    def __init__(
        self,
        port: int,
        *,
        path: str = PATH,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._socket = socket.socket()
        self._socket.settimeout(TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.connect((HOST, port))
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket)
        self.send_bytes(_request(port, path))
        self._buffer = b""
        while END_OF_HEAD not in self._buffer:
            self._buffer += self._receive()
        head, _, self._buffer = self._buffer.partition(END_OF_HEAD)
        assert head.startswith(b"HTTP/1.1 101 "), head

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    # -- what it says ----------------------------------------------------------------

    def send(self, opcode: int, payload: bytes = b"") -> None:
        self.send_bytes(frames.dump(opcode, payload))

    def send_text(self, text: str) -> None:
        self.send(frames.TEXT, text.encode())

    def send_bytes(self, data: bytes) -> None:
        self._socket.sendall(data)

    def flood(self, data: bytes, seconds: float) -> bool:
        """Send it as often as the server takes it; True when the server ended it meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([], [self._socket], [], left)[1]:
                try:
                    self._socket.sendall(data)
                except ConnectionError:
                    return True
        return False

    def leave(self) -> None:
        """As a closed tab."""
        self.send(frames.CLOSE, NORMAL_CLOSURE)

    def reset(self) -> None:
        """As a process that crashed: RST instead of a word."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self._socket.close()

    # -- what it hears ---------------------------------------------------------------

    def receive(self, size_bytes: int) -> bytes:
        """So many bytes as they come."""
        while len(self._buffer) < size_bytes:
            self._buffer += self._receive()
        data, self._buffer = self._buffer[:size_bytes], self._buffer[size_bytes:]
        return data

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Opcode and payload of each frame. Raises ConnectionError at an end without a close."""
        while True:
            data, at = self._buffer, 0
            for opcode, begin, end in frames.parse(data):
                at = end
                self._buffer = data[at:]
                yield opcode, data[begin:end]
            self._buffer = data[at:] + self._receive()

    def messages(self) -> Iterator[dict[str, Any]]:
        """Each text, which is JSON. Raises ConnectionError at the end, with a close or without."""
        for opcode, payload in self.frames():
            if opcode == frames.CLOSE:
                raise ConnectionError(f"the server closed with {payload!r}")
            if opcode == frames.TEXT:
                yield json.loads(payload)

    def wait_for(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read until such a message comes."""
        return next(message for message in self.messages() if is_it(message))

    def read_to_end(self) -> tuple[list[str], int | None]:
        """The texts that still come and the close code; None when it was dropped without."""
        texts: list[str] = []
        try:
            for opcode, payload in self.frames():
                if opcode == frames.CLOSE:
                    return texts, int.from_bytes(payload[:2], "big")
                if opcode == frames.TEXT:
                    texts.append(payload.decode())
        except ConnectionError:
            return texts, None
        raise AssertionError("frames() has no end but these")

    def _receive(self) -> bytes:
        data = self._socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the server ended the connection")
        return data


def _request(port: int, path: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"User-Agent: test {next(_numbers)}\r\n\r\n"
    ).encode()
