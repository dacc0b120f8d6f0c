"""Change the colors of a PNG picture that has a palette: https://www.w3.org/TR/png-3/#11PLTE."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from .color import Color

#: The palette lies before the pixels, and each chunk has a length, a type, data, and a checksum.
_PALETTE = b"PLTE"


def recolor(picture: bytes, change: Callable[[Color], Color]) -> bytes:
    """Return the picture with each color of its palette changed. The pixels stay as they are.

    Raise ``ValueError`` for a picture without a palette.
    """
    at = picture.find(_PALETTE)
    if at < 0:
        raise ValueError("the PNG picture has no palette")
    (length,) = struct.unpack(">I", picture[at - 4 : at])
    start, end = at + 4, at + 4 + length
    colors = (Color.parse(picture[i : i + 3].hex()) for i in range(start, end, 3))
    palette = b"".join(bytes.fromhex(change(color).to_hex()[1:]) for color in colors)
    checksum = struct.pack(">I", zlib.crc32(_PALETTE + palette))
    return picture[:start] + palette + checksum + picture[end + 4 :]
