"""WebSocket frames as a client sees them (RFC 6455, section 5). Pure: no sockets."""

from __future__ import annotations

import struct
from collections.abc import Iterator

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
#: The first byte of a whole text message.
FINAL_TEXT = 0x80 | TEXT


def dump(opcode: int, payload: bytes) -> bytes:
    """A frame from client to server. A mask of zeros is one, and leaves the payload as it is."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BBI", 0x80 | opcode, 0x80 | size, 0) + payload
    return struct.pack("!BBHI", 0x80 | opcode, 0x80 | 126, size, 0) + payload


def parse(data: bytes) -> Iterator[tuple[int, int, int]]:
    """The opcode, begin and end of each whole frame in ``data``; the last end is where to go on.

    Raises ValueError on a frame that is masked or in fragments, which no server here sends.
    """
    at, available = 0, len(data)
    while available >= at + 2:
        first, length, begin = data[at], data[at + 1], at + 2
        if length > 127 or not first & 0x80:
            raise ValueError("a frame that is masked or a fragment")
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
    """What one whole frame carries."""
    for _, begin, end in parse(frame):
        return frame[begin:end]
    raise ValueError("no whole frame")


def is_one_text(data: bytes) -> bool:
    """Whether it is exactly one whole text frame, of 4 bytes to 64 KB."""
    size = len(data)
    if size < 6 or data[0] != FINAL_TEXT:
        return False
    if data[1] < 126:
        return data[1] == size - 2
    return data[1] == 126 and (data[2] << 8 | data[3]) == size - 4
