from __future__ import annotations

import pytest

from landing.content.logo import picture
from landing.content.logo.reader import UnusableError
from tests.content.logo.samples import SVG, draw


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (draw("PNG"), "png"),
        (draw("JPEG"), "jpg"),
        (draw("GIF"), "gif"),
        (draw("WEBP"), "webp"),
        (SVG, "svg"),
    ],
)
def test_the_content_decides_the_format(content: bytes, extension: str) -> None:
    parsed = picture.parse(content)

    assert parsed.extension == extension
    assert parsed.name.endswith(f".{extension}") and len(parsed.name) <= 40
    assert parsed.name == picture.parse(content).name
    assert parsed.data_url.startswith(f"data:{picture.MEDIA_TYPES[extension]};base64,")


def test_another_content_has_another_name() -> None:
    assert picture.parse(SVG).name != picture.parse(SVG + b"\n").name


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "Must be a PNG, JPEG, WebP, GIF, or SVG picture."),
        (b"Hello", "Must be a PNG, JPEG, WebP, GIF, or SVG picture."),
        (b"\x1f\x8b\x08", "Must be a PNG, JPEG, WebP, GIF, or SVG picture."),
        (b"BM" + bytes(60), "Must be a PNG, JPEG, WebP, GIF, or SVG picture."),
        (b"RIFF\4\0\0\0WAVE", "Must be a PNG, JPEG, WebP, GIF, or SVG picture."),
        (draw("PNG")[:-20], "The PNG picture is damaged or incomplete."),
        (draw("JPEG")[:-20], "The JPG picture is damaged or incomplete."),
        (b"GIF89a", "The GIF picture is damaged or incomplete."),
        (b"RIFF\4\0\0\0WEBP", "The WEBP picture is damaged or incomplete."),
        (SVG.ljust(picture.MAX_BYTES + 1), "at most 100 KB (this file has 101 KB)."),
    ],
)
def test_a_bad_file_has_one_clear_error(content: bytes, error: str) -> None:
    with pytest.raises(UnusableError) as raised:
        picture.parse(content)
    assert error in str(raised.value)


def test_the_largest_file_is_accepted() -> None:
    picture.parse(SVG.ljust(picture.MAX_BYTES))
