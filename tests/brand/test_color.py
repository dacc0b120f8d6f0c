from __future__ import annotations

import pytest

from landing.brand.color import BLACK, WHITE, Color


@pytest.mark.parametrize(
    ("text", "parsed"),
    [("#0b7a4c", "#0b7a4c"), ("#C21", "#cc2211"), ("c2185b", "#c2185b"), ("#FFF", "#ffffff")],
)
def test_a_color_is_parsed_with_or_without_its_hash(text: str, parsed: str) -> None:
    assert Color.parse(text).to_hex() == parsed


@pytest.mark.parametrize("text", ["", "#", "green", "#12345", "#12345g", "#1234567", "0x123"])
def test_another_text_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(ValueError, match="not a color such as #0b7a4c"):
        Color.parse(text)


@pytest.mark.parametrize(
    ("color", "ground", "ratio"),
    # The values of WebAIM's contrast checker.
    [
        ("#000", "#fff", 21),
        ("#777", "#fff", 4.48),
        ("#0b7a4c", "#fff", 5.38),
        ("#f00", "#00f", 2.15),
    ],
)
def test_the_contrast_is_that_of_wcag(color: str, ground: str, ratio: float) -> None:
    first, second = Color.parse(color), Color.parse(ground)
    assert first.contrast(second) == pytest.approx(ratio, abs=0.006)
    assert second.contrast(first) == first.contrast(second)


@pytest.mark.parametrize(
    ("color", "lightness", "chroma", "hue"),
    # The values of the conversion code in CSS Color 4; the hue in radians.
    [("#ff0000", 0.628, 0.2577, 0.5102), ("#0000ff", 0.452, 0.3132, -1.6748), ("#fff", 1, 0, None)],
)
def test_oklch_is_that_of_css(
    color: str, lightness: float, chroma: float, hue: float | None
) -> None:
    found = Color.parse(color).to_oklch()
    assert found[:2] == pytest.approx((lightness, chroma), abs=0.001)
    assert hue is None or found[2] == pytest.approx(hue, abs=0.001)


@pytest.mark.parametrize("color", ["#000000", "#0b7a4c", "#ffd400", "#123456", "#808080"])
def test_a_color_survives_the_way_to_oklch_and_back(color: str) -> None:
    assert Color.from_oklch(*Color.parse(color).to_oklch()).to_hex() == color


def test_a_color_beyond_srgb_is_clipped() -> None:
    assert Color.from_oklch(0.6, 0.4, 2.7).red == 0
    assert Color.from_oklch(2, 0, 0) == WHITE


def test_half_of_the_light_has_the_same_hue_and_half_of_the_luminance() -> None:
    color = Color.parse("#ffd400")
    half = color.scale(0.5)
    assert half.luminance == pytest.approx(color.luminance / 2)
    assert half.to_oklch()[2] == pytest.approx(color.to_oklch()[2], abs=0.001)
    assert color.scale(0) == BLACK
