from __future__ import annotations

import re

import pytest

from tests.services.site import ROOT


def channels(color: str) -> list[float]:
    """Return red, green, blue, and an optional alpha, from 0 to 1."""
    digits = color.removeprefix("#")
    if len(digits) <= 4:
        digits = "".join(each * 2 for each in digits)
    return [int(digits[at : at + 2], 16) / 255 for at in range(0, 8, 2) if at < len(digits)]


def blend(color: str, ground: list[float]) -> list[float]:
    """Return the channels of a color with alpha over an opaque one."""
    red, green, blue, *alpha = channels(color)
    share = alpha[0] if alpha else 1
    mixed = zip((red, green, blue), ground, strict=True)
    return [share * above + (1 - share) * below for above, below in mixed]


def luminance(color: list[float]) -> float:
    """Return the relative luminance as WCAG 2 defines it."""
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in color
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_on_the_rings_has_enough_contrast(theme: int) -> None:
    """axe-core cannot judge text on a gradient."""
    tokens = (ROOT / "static/landing/css/tokens.css").read_text()
    page = (ROOT / "static/landing/css/page.css").read_text()
    board = dict(re.findall(r"--(\w+): (#\w+);", tokens.partition(".board {")[2]))
    ground = channels(re.findall(r"--board: (#\w+);", tokens)[theme])
    # The background is lightest at a point that all rings cover.
    for _ in range(page.count("var(--ring)")):
        ground = blend(*re.findall(r"--ring: (#\w+);", page), ground)
    for name in ("ink", "soft", "live", "warn"):
        text = luminance(channels(board[name]))
        for below in (ground, blend(board["card"], ground)):
            assert (text + 0.05) / (luminance(below) + 0.05) >= 4.5, name
