from __future__ import annotations

import io

import pytest
from PIL import Image

from landing.brand import png
from landing.brand.color import Color


def saved(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def test_each_color_of_the_palette_changes_and_no_pixel_moves() -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putdata([1, 0])
    swapped = png.recolor(saved(picture), lambda each: Color(each.blue, each.green, each.red))

    colors = Image.open(io.BytesIO(swapped)).convert("RGB")
    assert [colors.getpixel((x, 0)) for x in (0, 1)] == [(255, 0, 0), (0, 0, 255)]


def test_a_picture_without_a_palette_is_refused() -> None:
    with pytest.raises(ValueError, match="no palette"):
        png.recolor(saved(Image.new("RGB", (1, 1))), lambda each: each)
