"""Pictures for tests: good ones, and parts to build broken ones."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

from landing.content.logo import png

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
)


def draw(kind: str, width: int = 20, height: int = 10, mode: str = "RGB", **options: Any) -> bytes:
    """Return a picture with a gradient, as Pillow stores it."""
    file = io.BytesIO()
    gradient = Image.linear_gradient("L").resize((width, height))
    gradient.convert(mode).save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk of a PNG picture."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def build_png(
    pixels: bytes, width: int = 8, height: int = 1, bits: tuple[int, int, int] = (8, 0, 0)
) -> bytes:
    """Return a PNG picture with these unpacked pixels: depth, color type, and interlacing."""
    depth, color, interlacing = bits
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlacing)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(pixels, 9)), chunk(b"IEND", b"")
    return png.SIGNATURE + b"".join(parts)
