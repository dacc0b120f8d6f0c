"""A blocking WebSocket client. A test controls every byte that it sends and every read."""

from __future__ import annotations

import itertools
import json
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from tests.services import frames
from tests.services.ports import HOST

PATH = "/ws/landing/"
TIMEOUT_SECONDS = 60.0
END_OF_HEAD = b"\r\n\r\n"
NORMAL_CLOSURE = struct.pack("!H", 1000)
#: The SO_LINGER value that makes close() send an RST.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
#: Fixed, because the kernel would buffer megabytes for a client that does not read.
RECEIVE_BUFFER_BYTES = 65_536
#: A browser's, because programs do not count. Each connection has its own, which makes it a visitor
#: of its own.
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.{}"
_numbers = itertools.count()


class RawWebSocket:
    """One connection. The constructor opens it, and the end of the ``with`` block closes it."""

    def __init__(
        self,
        port: int,
        *,
        path: str = PATH,
        tls: ssl.SSLContext | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._socket = socket.socket()
        self._socket.settimeout(TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.connect((HOST, port))
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket)
        self.send_bytes(_request(port, path, headers or {}))
        self._buffer = b""
        while END_OF_HEAD not in self._buffer:
            self._buffer += self._receive()
        head, _, self._buffer = self._buffer.partition(END_OF_HEAD)
        assert head.startswith(b"HTTP/1.1 101 "), head

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    # -- sending

    def send(self, opcode: int, payload: bytes = b"") -> None:
        """Send one frame."""
        self.send_bytes(frames.dump(opcode, payload))

    def send_text(self, text: str) -> None:
        """Send one text frame."""
        self.send(frames.TEXT, text.encode())

    def send_bytes(self, data: bytes) -> None:
        """Send bytes that need not be a frame."""
        self._socket.sendall(data)

    def flood(self, data: bytes, seconds: float) -> bool:
        """Send ``data`` repeatedly. Return True if the server closes the connection meanwhile."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([], [self._socket], [], left)[1]:
                try:
                    self._socket.sendall(data)
                except ConnectionError:
                    return True
        return False

    def leave(self) -> None:
        """Send a close frame, as a closed tab does."""
        self.send(frames.CLOSE, NORMAL_CLOSURE)

    def reset(self) -> None:
        """Close with an RST and without a close frame, as a crashed process does."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._socket.close()

    # -- receiving

    def receive(self, size_bytes: int) -> bytes:
        """Return the next ``size_bytes`` bytes."""
        while len(self._buffer) < size_bytes:
            self._buffer += self._receive()
        data, self._buffer = self._buffer[:size_bytes], self._buffer[size_bytes:]
        return data

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Yield opcode and payload of each frame. Raise ConnectionError at the end."""
        while True:
            data, at = self._buffer, 0
            for opcode, begin, end in frames.parse(data):
                at = end
                self._buffer = data[at:]
                yield opcode, data[begin:end]
            self._buffer = data[at:] + self._receive()

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield each JSON message and answer pings. Raise ConnectionError when it ends."""
        for opcode, payload in self.frames():
            if opcode == frames.CLOSE:
                raise ConnectionError(f"the server closed with {payload!r}")
            if opcode == frames.PING:
                self.send(frames.PONG, payload)
            if opcode == frames.TEXT:
                yield json.loads(payload)

    def wait_for(
        self, matches: Callable[[dict[str, Any]], bool], seconds: float = TIMEOUT_SECONDS
    ) -> dict[str, Any]:
        """Return the next message that matches. Raise TimeoutError if none comes in time."""
        due_at = time.monotonic() + seconds
        self._socket.settimeout(seconds)
        try:
            for message in self.messages():
                if matches(message):
                    return message
                # Pings and other messages keep the connection alive without end.
                if time.monotonic() > due_at:
                    raise TimeoutError(f"the last message that did not match: {message}")
        finally:
            self._socket.settimeout(TIMEOUT_SECONDS)
        raise AssertionError("messages() ends only with an exception")

    def read_to_end(self) -> tuple[list[str], int | None]:
        """Return the remaining texts and the close code, which is None without a close frame."""
        texts: list[str] = []
        try:
            for opcode, payload in self.frames():
                if opcode == frames.CLOSE:
                    return texts, int.from_bytes(payload[:2], "big")
                if opcode == frames.TEXT:
                    texts.append(payload.decode())
        except ConnectionError:
            return texts, None
        raise AssertionError("frames() ends only with an exception")

    def _receive(self) -> bytes:
        data = self._socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


def _request(port: int, path: str, headers: Mapping[str, str]) -> bytes:
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (
        f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"User-Agent: {AGENT.format(next(_numbers))}\r\n{more}\r\n"
    ).encode()
