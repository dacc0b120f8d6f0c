"""Check that a PNG picture is complete: https://www.w3.org/TR/png-3/."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from .reader import DamagedError, Reader, limit_size

SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: The color type of pictures whose pixels are places in a palette.
INDEXED = 3
#: Channels by color type.
CHANNELS = {0: 1, 2: 3, INDEXED: 1, 4: 2, 6: 4}
#: Bit depths by color type.
BIT_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), INDEXED: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
#: The passes of an interlaced picture: the first column and row, and the steps.
ADAM7 = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
STEP_BYTES = 65_536


def check(content: bytes) -> None:
    """Raise ``DamagedError``, or ``UnusableError`` if the picture is too large.

    At most the bytes of the pixels are unpacked, whatever the file has packed.
    """
    reader = Reader(content)
    reader.take(len(SIGNATURE))
    chunks = _chunks(reader)
    first, header = next(chunks)
    if first != b"IHDR" or len(header) != 13:
        raise DamagedError
    expected = _count_bytes(Reader(header))
    others = list(chunks)
    pixels = b"".join(data for kind, data in others if kind == b"IDAT")
    # Browsers draw nothing without the palette.
    has_colors = header[9] != INDEXED or b"PLTE" in dict(others)
    if reader.left or not has_colors or not _has_exactly(pixels, expected):
        raise DamagedError


def _chunks(reader: Reader) -> Iterator[tuple[bytes, bytes]]:
    """Yield the type and the data of each chunk up to the last one."""
    kind = b""
    while kind != b"IEND":
        length = reader.number(4, "big")
        kind, data = reader.take(4), reader.take(length)
        if reader.number(4, "big") != zlib.crc32(kind + data):
            raise DamagedError
        yield kind, data


def _count_bytes(header: Reader) -> int:
    """Return how many bytes the pixels of the picture have, unpacked."""
    width, height = header.number(4, "big"), header.number(4, "big")
    limit_size(width, height)
    depth, color, _, _, is_interlaced = header.take(5)
    if depth not in BIT_DEPTHS.get(color, ()) or is_interlaced > 1:
        raise DamagedError
    bits = depth * CHANNELS[color]
    if not is_interlaced:
        return _count_pass(width, height, bits)
    return sum(
        _count_pass(_ceil(width - column, across), _ceil(height - row, down), bits)
        for column, row, across, down in ADAM7
    )


def _count_pass(width: int, height: int, bits: int) -> int:
    """Return the bytes of a pass: each row has a filter before its pixels."""
    return height * (1 + _ceil(width * bits, 8)) if width > 0 and height > 0 else 0


def _ceil(value: int, step: int) -> int:
    return -(-value // step)


def _has_exactly(packed: bytes, expected: int) -> bool:
    """Return whether the data unpack to this many bytes."""
    unpacker, missing = zlib.decompressobj(), expected
    try:
        # One more byte than expected proves that there are too many.
        while missing >= 0 and not unpacker.eof:
            part = unpacker.decompress(packed, min(missing + 1, STEP_BYTES))
            packed = unpacker.unconsumed_tail
            missing -= len(part)
            if not part and not packed:
                break
    except zlib.error:
        return False
    return missing == 0 and unpacker.eof
