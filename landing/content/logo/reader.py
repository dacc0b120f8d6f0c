"""Read a picture byte by byte, with limits, for the checks of each format."""

from __future__ import annotations

from typing import Literal

#: Of each side, in pixels. A browser needs 16 MB for such a picture, however small its file is.
MAX_SIDE = 2_000


class UnusableError(ValueError):
    """The file cannot be the logo. The text explains why, for the form."""


class DamagedError(Exception):
    """The file breaks the rules of its format, or ends too early."""


class Reader:
    """A position in the bytes of a file. Every method raises :class:`DamagedError` at its end."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes remain."""
        return len(self._content) - self._at

    def take(self, count: int) -> bytes:
        """Return the next bytes."""
        if count > self.left:
            raise DamagedError
        self._at += count
        return self._content[self._at - count : self._at]

    def number(self, count: int, order: Literal["big", "little"]) -> int:
        """Return the next bytes as a number."""
        return int.from_bytes(self.take(count), order)

    def skip_to(self, byte: bytes) -> None:
        """Move behind the next such byte."""
        at = self._content.find(byte, self._at)
        if at < 0:
            raise DamagedError
        self._at = at + len(byte)


def limit_size(width: int, height: int) -> None:
    """Raise :class:`UnusableError` if a picture is too large to decode."""
    if not (width and height):
        raise DamagedError
    if max(width, height) > MAX_SIDE:
        raise UnusableError(
            f"Must be at most {MAX_SIDE} by {MAX_SIDE} pixels (this picture is {width} by "
            f"{height}). Export it smaller."
        )
