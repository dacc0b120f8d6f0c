"""Requests as bytes, for a test that controls what arrives before an answer."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator

from tests.services.ports import HOST


def connect(port: int) -> socket.socket:
    return socket.create_connection((HOST, port), timeout=60)


def head(method: str, path: str, *lines: str) -> bytes:
    """Return the head of a request whose connection closes with its answer."""
    text = "\r\n".join((f"{method} {path} HTTP/1.1", f"Host: {HOST}", "Connection: close", *lines))
    return text.encode("latin-1") + b"\r\n\r\n"


def chunks(size: int) -> Iterator[bytes]:
    """Yield a body in chunks of 1,000 bytes."""
    for _ in range(size // 1_000):
        yield b"3e8\r\n" + b"x" * 1_000 + b"\r\n"
    yield b"0\r\n\r\n"


def exchange(port: int, *parts: bytes) -> bytes:
    """Send the parts, as far as the server takes them, and return everything it answers."""
    with connect(port) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except ConnectionError:
            pass
        answer = b""
        while data := connection.recv(65_536):
            answer += data
        return answer


def get(connection: socket.socket, path: str, *lines: str) -> int:
    """Return the status that answers a request."""
    return answer(connection, head("GET", path, *lines))[0]


def handshake(connection: socket.socket, *lines: str) -> tuple[int, dict[str, str]]:
    """Return the status and the headers that answer a handshake, and leave."""
    request = head("GET", "/ws/landing/").replace(b"Connection: close\r\n", b"")[:-2]
    request += b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    request += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    request += "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"
    return answer(connection, request)


def answer(connection: socket.socket, request: bytes) -> tuple[int, dict[str, str]]:
    """Send a request, close, and return status and headers of the answer, in lower case."""
    with connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return response.status, {name.lower(): text for name, text in response.getheaders()}
