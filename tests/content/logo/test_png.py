from __future__ import annotations

import zlib

import pytest

from landing.content.logo import png
from landing.content.logo.reader import MAX_SIDE, DamagedError, UnusableError
from tests.content.logo.samples import build_png, chunk, draw


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (20, 10)])
def test_pictures_of_every_type_are_complete(mode: str, size: tuple[int, int]) -> None:
    png.check(draw("PNG", *size, mode=mode))
    png.check(build_png(bytes(3 * (1 + 2 * 7)), 7, 3, bits=(16, 0, 0)))


@pytest.mark.parametrize(
    ("size", "pixel_bytes"),
    # The rows of the passes, each with its filter: https://www.w3.org/TR/png-3/#8InterlaceMethods
    [((1, 1), 2), ((2, 2), 2 + 2 + 3), ((8, 8), 2 + 2 + 3 + 6 + 10 + 20 + 36)],
)
def test_interlaced_pictures_are_complete(size: tuple[int, int], pixel_bytes: int) -> None:
    png.check(build_png(bytes(pixel_bytes), *size, bits=(8, 0, 1)))
    with pytest.raises(DamagedError):
        png.check(build_png(bytes(pixel_bytes - 1), *size, bits=(8, 0, 1)))


def test_a_picture_that_ends_anywhere_is_damaged() -> None:
    whole = draw("PNG")
    for end in range(len(png.SIGNATURE), len(whole)):
        with pytest.raises(DamagedError):
            png.check(whole[:end])
    with pytest.raises(DamagedError):
        png.check(whole + b"\n")


def test_a_changed_byte_is_noticed() -> None:
    whole = bytearray(draw("PNG"))
    for at in range(len(png.SIGNATURE), len(whole)):
        whole[at] ^= 1
        with pytest.raises((DamagedError, UnusableError)):
            png.check(bytes(whole))
        whole[at] ^= 1


def test_a_picture_needs_its_header_first() -> None:
    with pytest.raises(DamagedError):
        png.check(png.SIGNATURE + chunk(b"IEND", b""))
    with pytest.raises(DamagedError):
        png.check(png.SIGNATURE + chunk(b"IHDR", b"short") + chunk(b"IEND", b""))


@pytest.mark.parametrize("bits", [(3, 0, 0), (8, 1, 0), (8, 0, 2), (4, 2, 0), (16, 3, 0)])
def test_unknown_kinds_of_pixels_are_damage(bits: tuple[int, int, int]) -> None:
    with pytest.raises(DamagedError):
        png.check(build_png(bytes(9), bits=bits))


def test_a_palette_is_needed_by_pixels_that_refer_to_it() -> None:
    indexed = build_png(bytes(9), bits=(8, 3, 0))
    with pytest.raises(DamagedError):
        png.check(indexed)
    png.check(indexed[:33] + chunk(b"PLTE", bytes(3)) + indexed[33:])


@pytest.mark.parametrize("size", [(MAX_SIDE + 1, 1), (1, MAX_SIDE + 1), (50_000, 50_000)])
def test_a_picture_with_too_many_pixels_is_refused_unread(size: tuple[int, int]) -> None:
    with pytest.raises(
        UnusableError, match=f"at most 2000 by 2000 pixels .*{size[0]} by {size[1]}"
    ):
        png.check(build_png(b"", *size))


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 KB of the file would fill 100 MB."""
    bomb = build_png(bytes(100_000_000))
    assert len(bomb) < 100_000
    unpacked = []
    build = zlib.decompressobj

    class Unpacker:
        def __init__(self) -> None:
            self._own = build()

        def decompress(self, data: bytes, most: int) -> bytes:
            unpacked.append(self._own.decompress(data, most))
            return unpacked[-1]

        @property
        def unconsumed_tail(self) -> bytes:
            return self._own.unconsumed_tail

        @property
        def eof(self) -> bool:
            return self._own.eof

    monkeypatch.setattr(png.zlib, "decompressobj", Unpacker)
    with pytest.raises(DamagedError):
        png.check(bomb)
    assert sum(map(len, unpacked)) == 10, "one byte more than the pixels have"


def test_pixels_that_are_not_packed_are_damage() -> None:
    broken = png.SIGNATURE + draw("PNG")[8:33] + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    with pytest.raises(DamagedError):
        png.check(broken)
