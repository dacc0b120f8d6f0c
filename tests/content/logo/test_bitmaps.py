from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from PIL import Image

from landing.content.logo import bitmaps
from landing.content.logo.reader import DamagedError, UnusableError
from tests.content.logo.samples import draw

Check = Callable[[bytes], None]
FORMATS: dict[str, tuple[Check, dict[str, object]]] = {
    "JPEG": (bitmaps.check_jpeg, {}),
    "JPEG progressive": (bitmaps.check_jpeg, {"progressive": True}),
    "GIF": (bitmaps.check_gif, {}),
    "GIF animated": (bitmaps.check_gif, {"save_all": True}),
    "WEBP": (bitmaps.check_webp, {}),
    "WEBP lossless": (bitmaps.check_webp, {"lossless": True}),
    "WEBP extended": (bitmaps.check_webp, {"exif": b"Exif\0\0MM"}),
    "WEBP animated": (bitmaps.check_webp, {"save_all": True}),
}
each_format = pytest.mark.parametrize("name", FORMATS)


def build(name: str, width: int = 20, height: int = 11) -> tuple[Check, bytes]:
    check, options = FORMATS[name]
    if "save_all" in options:
        options = {**options, "append_images": [Image.new("RGB", (width, height), "red")]}
    return check, draw(name.split()[0], width, height, **options)


@each_format
@pytest.mark.parametrize("size", [(1, 1), (20, 11), (2_000, 2)])
def test_a_picture_as_programs_write_it_is_accepted(name: str, size: tuple[int, int]) -> None:
    check, picture = build(name, *size)
    check(picture)


@each_format
def test_a_picture_that_ends_anywhere_is_damaged(name: str) -> None:
    check, picture = build(name)
    for end in range(12, len(picture)):
        with pytest.raises(DamagedError):
            check(picture[:end])


@each_format
@pytest.mark.parametrize("size", [(2_001, 1), (1, 2_001)])
def test_a_picture_with_too_many_pixels_is_refused(name: str, size: tuple[int, int]) -> None:
    check, picture = build(name, *size)
    with pytest.raises(UnusableError, match=f"this picture is {size[0]} by {size[1]}"):
        check(picture)


@each_format
def test_no_changed_byte_breaks_the_check(name: str) -> None:
    check, picture = build(name)
    for at in range(12, len(picture)):
        for value in (0, 0xFF, picture[at] ^ 1):
            with suppress(DamagedError, UnusableError):
                check(picture[:at] + bytes([value]) + picture[at + 1 :])


def test_a_jpeg_needs_a_size_and_pixels() -> None:
    for content in (b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xda\0\2\xff\xd9", b"\xff\xd8\xff\xc0\0\0"):
        with pytest.raises(DamagedError):
            bitmaps.check_jpeg(content)
    whole = draw("JPEG")
    with pytest.raises(DamagedError):
        bitmaps.check_jpeg(whole[: whole.index(b"\xff\xda")] + b"\xff\xd9")


def test_a_jpeg_with_many_scans_is_refused() -> None:
    whole = draw("JPEG", progressive=True)
    *_, last = re.finditer(rb"\xff\xda", whole)
    scan = whole[last.start() : -2]
    bitmaps.check_jpeg(whole[:-2] + (bitmaps.MAX_SCANS // 2) * scan + whole[-2:])
    with pytest.raises(UnusableError, match="at most 100 scans"):
        bitmaps.check_jpeg(whole[:-2] + bitmaps.MAX_SCANS * scan + whole[-2:])


def test_a_frame_outside_of_a_gif_is_refused() -> None:
    frame = b",\xd0\x07\0\0\1\0\1\0\0\2\0"  # at 2000, 1 wide
    with pytest.raises(UnusableError, match="2001 by 1"):
        bitmaps.check_gif(b"GIF89a\1\0\1\0\0\0\0" + frame + b";")


def test_a_gif_needs_a_frame_and_known_blocks() -> None:
    for rest in (b";", b"?;"):
        with pytest.raises(DamagedError):
            bitmaps.check_gif(b"GIF89a\1\0\1\0\0\0\0" + rest)


@pytest.mark.parametrize(
    "chunk", [b"VP8X\x0a\0\0\0" + bytes(10), b"VP8L\5\0\0\0" + bytes(5), b"VP8 \6\0\0\0" + bytes(6)]
)
def test_a_webp_needs_pixels(chunk: bytes) -> None:
    chunk += b"\0" * (len(chunk) % 2)
    riff = b"WEBP" + chunk
    with pytest.raises(DamagedError):
        bitmaps.check_webp(b"RIFF" + len(riff).to_bytes(4, "little") + riff)
