"""Check that JPEG, GIF, and WebP pictures are complete and small enough.

The pixels are not decoded. Browsers do that, and the sizes limit what it costs.
"""

from __future__ import annotations

from .reader import DamagedError, Reader, UnusableError, limit_size

#: Of a JPEG picture. Programs write about ten. Each one may change every pixel again, so the 5,000
#: that fit into a small file keep a browser busy for ten seconds.
MAX_SCANS = 100
JPEG_START = b"\xff\xd8\xff"
GIF_STARTS = (b"GIF87a", b"GIF89a")
RIFF, WEBP = b"RIFF", b"WEBP"

#: Markers of https://www.w3.org/Graphics/JPEG/itu-t81.pdf, table B.1: frames that browsers decode,
#: the start of a scan, and the end. A scan contains restarts, and stuffed zeros.
_FRAMES, _SCAN, _END = (0xC0, 0xC1, 0xC2), 0xDA, 0xD9
_IN_SCAN = frozenset({0x00, *range(0xD0, 0xD8)})


def check_jpeg(content: bytes) -> None:
    """Raise ``DamagedError``, or ``UnusableError`` if the picture is too large."""
    reader = Reader(content)
    reader.take(2)
    has_size, scans = False, 0
    while (marker := _next_marker(reader)) != _END:
        length = reader.number(2, "big")
        segment = Reader(reader.take(length - 2)) if length >= 2 else Reader(b"")
        if marker in _FRAMES:
            segment.take(1)
            height, width = segment.number(2, "big"), segment.number(2, "big")
            limit_size(width, height)
            has_size = True
        scans += marker == _SCAN
    if not (has_size and scans):
        raise DamagedError
    if scans > MAX_SCANS:
        raise UnusableError(
            f"The JPEG picture must have at most {MAX_SCANS} scans (this one has {scans}). Export "
            "it again."
        )


def _next_marker(reader: Reader) -> int:
    """Return the next marker, behind the data of a scan."""
    while True:
        reader.skip_to(b"\xff")
        marker = reader.number(1, "big")
        while marker == 0xFF:  # any number of them may fill a gap
            marker = reader.number(1, "big")
        if marker not in _IN_SCAN:
            return marker


def check_gif(content: bytes) -> None:
    """Raise ``DamagedError``, or ``UnusableError`` if the picture or a frame is too large.

    https://www.w3.org/Graphics/GIF/spec-gif89a.txt
    """
    reader = Reader(content)
    reader.take(6)
    limit_size(reader.number(2, "little"), reader.number(2, "little"))
    _skip_colors(reader, more_bytes=2)
    has_frame = False
    while (block := reader.take(1)) != b";":
        if block == b"!":
            reader.take(1)
        elif block == b",":
            has_frame = True
            left, top = reader.number(2, "little"), reader.number(2, "little")
            limit_size(left + reader.number(2, "little"), top + reader.number(2, "little"))
            _skip_colors(reader, more_bytes=0)
            reader.take(1)
        else:
            raise DamagedError
        while length := reader.number(1, "little"):
            reader.take(length)
    if not has_frame:
        raise DamagedError


def _skip_colors(reader: Reader, more_bytes: int) -> None:
    """Skip the flags, other bytes behind them, and the table of colors that the flags announce."""
    flags = reader.number(1, "little")
    reader.take(more_bytes)
    if flags & 0x80:
        reader.take(3 * 2 ** ((flags & 7) + 1))


def check_webp(content: bytes) -> None:
    """Raise ``DamagedError``, or ``UnusableError`` if the picture or a frame is too large.

    https://developers.google.com/speed/webp/docs/riff_container
    """
    reader = Reader(content)
    reader.take(4)
    chunks = Reader(reader.take(reader.number(4, "little")))
    chunks.take(4)
    has_pixels = False
    while chunks.left:
        kind, length = chunks.take(4), chunks.number(4, "little")
        data = Reader(chunks.take(length))
        chunks.take(length % 2)
        if size := _webp_size(kind, data):
            limit_size(*size)
            has_pixels = has_pixels or kind != b"VP8X"
    if not has_pixels:
        raise DamagedError


def _webp_size(kind: bytes, data: Reader) -> tuple[int, int] | None:
    """Return the width and the height in a chunk; None if it has none."""
    match kind:
        case b"VP8X" | b"ANMF":
            data.take(4 if kind == b"VP8X" else 6)
            return data.number(3, "little") + 1, data.number(3, "little") + 1
        case b"VP8L":
            if data.take(1) != b"\x2f":
                raise DamagedError
            bits = data.number(4, "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            data.take(3)
            if data.take(3) != b"\x9d\x01\x2a":
                raise DamagedError
            return data.number(2, "little") & 0x3FFF, data.number(2, "little") & 0x3FFF
    return None
