"""All colors of the site, derived from the brand color.

``landing/css/tokens.css`` and ``landing/admin/brand.css`` have the same formulas
for browsers, and :class:`Palette` computes them for browsers without relative colors, for pictures,
and for the system check. A browser test compares the two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from .color import BLACK, WHITE, Color

#: The background of light pages. It is the same for every brand.
PAPER = Color.parse("#f5f5f0")
#: Text in the brand color has at least this contrast (WCAG 2.2, 1.4.3).
TEXT_CONTRAST = 4.5
#: The greatest luminance of such text on PAPER.
MAX_LUMINANCE = 0.15
#: The range of the luminance of the icon.
ICON_LUMINANCES = (0.15, 0.295)
#: The hue of the board differs a little from that of the page.
BOARD_TURN = math.radians(4)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colors of light pages, dark pages, and the board, by the names of custom properties."""

    light: Mapping[str, str]
    dark: Mapping[str, str]
    board: Mapping[str, str]
    #: Visible on light and on dark backgrounds, such as the tabs of browsers.
    icon: str


@lru_cache(maxsize=64)
def build(brand: str) -> Palette:
    """Return the palette of a brand color such as ``#0b7a4c``."""
    color = Color.parse(brand)
    lightness, chroma, hue = color.to_oklch()

    def tone(level: float, strength: float, turn: float = 0, alpha: str = "") -> str:
        """Return a color of the brand's hue. ``strength`` is relative to the brand's chroma."""
        return Color.from_oklch(level, chroma * strength, hue + turn).to_hex() + alpha

    def bright(level: float, most: float, turn: float = 0) -> str:
        strength = min(1.42, most / chroma) if chroma else 0
        return tone(min(max(lightness, level), 0.88), strength, turn)

    darkest = tone(0.18, 0.23)
    live = darken(color).to_hex()
    dark_live, board_live = bright(0.797, 0.166), bright(0.822, 0.154, BOARD_TURN)
    return Palette(
        light={
            "ink": tone(0.23, 0.17),
            "soft": tone(0.485, 0.18),
            "line": tone(0.909, 0.12),
            "live": live,
            "on-live": "#ffffff",
            "fill": color.to_hex(),
            "on-fill": text_on(color).to_hex(),
            "glow": tone(0.736, 1.43, alpha="2e"),
            "board": tone(0.265, 0.4, BOARD_TURN),
        },
        dark={
            "paper": tone(0.166, 0.087),
            "card": tone(0.209, 0.11),
            "ink": tone(0.95, 0.093),
            "soft": tone(0.72, 0.18),
            "line": tone(0.298, 0.15),
            "live": dark_live,
            "on-live": darkest,
            "fill": dark_live,
            "on-fill": darkest,
            "glow": dark_live + "24",
            "board": tone(0.237, 0.33, BOARD_TURN),
        },
        board={
            "soft": tone(0.86, 0.25, BOARD_TURN),
            "live": board_live,
            "on-live": darkest,
            "fill": board_live,
            "on-fill": darkest,
            "glow": board_live + "38",
            "ring": board_live + "11",
        },
        icon=_limit(Color.from_oklch(max(0.64, lightness), chroma * 1.2, hue)).to_hex(),
    )


def _limit(color: Color) -> Color:
    """Return the color with a contrast of at least 3 to white and to the tabs of dark browsers."""
    if color.luminance < ICON_LUMINANCES[0]:
        share = (ICON_LUMINANCES[0] - color.luminance) / (1 - color.luminance)
        return Color(*(each + share * (1 - each) for each in color))
    return color.scale(min(1.0, ICON_LUMINANCES[1] / color.luminance))


def darken(color: Color) -> Color:
    """Return the color, darker if text in it would be hard to read on a light page."""
    return color.scale(min(1.0, MAX_LUMINANCE / color.luminance) if color.luminance else 1.0)


def text_on(color: Color) -> Color:
    """Return black or white, whichever has more contrast with the color."""
    return max(WHITE, BLACK, key=color.contrast)
