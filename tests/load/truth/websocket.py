"""A cheap WebSocket client, so that thousands can run beside the servers.

It implements only the required parts of RFC 6455: the handshake, unfragmented server frames, pongs,
and the close. It does not know this product.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
NORMAL_CLOSURE = 1000

#: Any key is valid. It only proves that the server speaks WebSocket.
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
#: A browser's, because programs do not count. The cookie tells visitors apart.
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True, slots=True)
class Events:
    """The callbacks of a socket. ``ended`` gets the server's close code, or None without one."""

    opened: Callable[[], None]
    text: Callable[[bytes], None]
    ended: Callable[[int | None], None]


class WebSocket(asyncio.Protocol):
    """One connection. ``events.ended`` is called once, unless this side left."""

    def __init__(
        self,
        events: Events,
        host: str,
        path: str,
        cookie: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._events = events
        others = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n"
            f"User-Agent: {AGENT}\r\nCookie: {cookie}\r\n{others}\r\n"
        ).encode()
        self._buffer = b""
        self._open = False
        self._left = False
        self._code: int | None = None
        self._transport: Any = None

    # -- outbound --------------------------------------------------------------------

    def send_text(self, text: bytes) -> None:
        """Send a text of up to 125 bytes, if the connection is open."""
        if self._transport is not None:
            self._send(TEXT, text)

    def leave(self) -> None:
        """Send a close frame as a closed tab does. The server ends the connection."""
        self._left = True
        if self._transport is not None:
            self._send(CLOSE, struct.pack("!H", NORMAL_CLOSURE))

    def vanish(self) -> None:
        """Drop the connection without a close frame, as a lost network does."""
        self._left = True
        if self._transport is not None:
            self._transport.abort()

    def pause(self) -> None:
        """Read nothing until :meth:`resume`, as a slow consumer."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again what waits, and all that follows."""
        if self._transport is not None:
            self._transport.resume_reading()

    def _send(self, opcode: int, payload: bytes) -> None:
        # A mask of zeros is valid and does not change the payload.
        header = struct.pack("!BBI", 0x80 | opcode, 0x80 | len(payload), 0)
        self._transport.write(header + payload)

    # -- callbacks of asyncio --------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self._left:
            self._events.ended(self._code)

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        if not self._open:
            data = self._take_response(data)
        if self._open:
            data = self._take_frames(data)
        self._buffer = data

    def _take_response(self, data: bytes) -> bytes:
        head, separator, rest = data.partition(b"\r\n\r\n")
        if not separator:
            return data
        if not head.startswith(b"HTTP/1.1 101 "):
            self._transport.abort()
            return b""
        self._open = True
        self._events.opened()
        return rest

    def _take_frames(self, data: bytes) -> bytes:
        at = 0
        while len(data) >= at + 2:
            begin, length = at + 2, data[at + 1]
            if length == 126:
                if len(data) < at + 4:
                    break
                begin, length = at + 4, int.from_bytes(data[at + 2 : at + 4], "big")
            elif length > 126:
                raise ValueError("a frame is longer than 64 KB or masked")
            if len(data) < begin + length:
                break
            self._take_frame(data[at] & 0x0F, data[begin : begin + length])
            at = begin + length
        return data[at:]

    def _take_frame(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            if not self._left:
                self._events.text(payload)
        elif opcode == PING:
            self._send(PONG, payload)
        elif opcode == CLOSE and not self._left:
            self._code = int.from_bytes(payload[:2], "big") if payload else None
            self._send(CLOSE, payload[:2])
