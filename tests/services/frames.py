"""Build and parse WebSocket frames on the client's side (RFC 6455, section 5), without sockets."""

from __future__ import annotations

import struct
from collections.abc import Iterator

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
#: The first byte of a text message in one frame.
FINAL_TEXT = 0x80 | TEXT


def dump(opcode: int, payload: bytes) -> bytes:
    """Return a client frame. Its mask is all zeros, which is valid and leaves the payload as is."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BBI", 0x80 | opcode, 0x80 | size, 0) + payload
    return struct.pack("!BBHI", 0x80 | opcode, 0x80 | 126, size, 0) + payload


def parse(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield opcode, start, and end of the payload of each complete frame in ``data``.

    Parsing continues at the last end. Raise ValueError on a masked frame or a fragment, because
    the server under test sends neither.
    """
    at, available = 0, len(data)
    while available >= at + 2:
        first, length, begin = data[at], data[at + 1], at + 2
        if length > 127 or not first & 0x80:
            raise ValueError("the frame is masked or a fragment")
        if length >= 126:
            begin += 2 if length == 126 else 8
            if available < begin:
                return
            length = int.from_bytes(data[at + 2 : begin], "big")
        at = begin + length
        if available < at:
            return
        yield first & 0x0F, begin, at


def payload(frame: bytes) -> bytes:
    """Return the payload of one complete frame."""
    for _, begin, end in parse(frame):
        return frame[begin:end]
    raise ValueError("the frame is incomplete")


def is_one_text(data: bytes) -> bool:
    """Return whether this is exactly one complete text frame with a payload of 4 bytes to 64 KB."""
    size = len(data)
    if size < 6 or data[0] != FINAL_TEXT:
        return False
    if data[1] < 126:
        return data[1] == size - 2
    return data[1] == 126 and (data[2] << 8 | data[3]) == size - 4
