"""Recognize a picture by its content, and check it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import bitmaps, png, svg
from .reader import DamagedError, UnusableError

#: 100 KB, as file managers count.
MAX_BYTES = 100_000
#: The media type by extension.
MEDIA_TYPES: Mapping[str, str] = {
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}
#: Hex digits of the hash in a name.
HASH_DIGITS = 32
UNKNOWN = "Must be a PNG, JPEG, WebP, GIF, or SVG picture. Export the logo in one of these formats."


@dataclass(frozen=True, slots=True)
class Picture:
    """A checked picture."""

    content: bytes
    extension: str

    @property
    def name(self) -> str:
        """Return the name in its address: a hash of the content, and the extension."""
        digest = hashlib.sha256(self.content).hexdigest()[:HASH_DIGITS]
        return f"{digest}.{self.extension}"

    @property
    def data_url(self) -> str:
        """Return an address that contains the picture."""
        data = b64encode(self.content).decode()
        return f"data:{MEDIA_TYPES[self.extension]};base64,{data}"


def parse(content: bytes) -> Picture:
    """Return the picture of a file. Raise ``UnusableError`` with a text for the form."""
    limit_bytes(len(content))
    extension, check = _recognize(content)
    try:
        check(content)
    except DamagedError:
        raise UnusableError(
            f"The {extension.upper()} picture is damaged or incomplete. Export it again."
        ) from None
    return Picture(content, extension)


def limit_bytes(count: int) -> None:
    """Raise ``UnusableError`` if a file has more bytes than permitted."""
    if count > MAX_BYTES:
        raise UnusableError(
            f"Must have at most {MAX_BYTES // 1000} KB (this file has {-(-count // 1000)} KB). "
            "Export it smaller."
        )


def _recognize(content: bytes) -> tuple[str, Callable[[bytes], None]]:
    """Return the extension and the check of the format."""
    if content.startswith(png.SIGNATURE):
        return "png", png.check
    if content.startswith(bitmaps.JPEG_START):
        return "jpg", bitmaps.check_jpeg
    if content.startswith(bitmaps.GIF_STARTS):
        return "gif", bitmaps.check_gif
    if content.startswith(bitmaps.RIFF) and content[8:12] == bitmaps.WEBP:
        return "webp", bitmaps.check_webp
    if svg.START.match(content):
        return "svg", svg.check
    raise UnusableError(UNKNOWN)
