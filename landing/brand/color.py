"""Colors as numbers: sRGB, OKLCH, and the contrast of WCAG 2.

Sources: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio,
https://www.w3.org/TR/css-color-4/#color-conversion-code (OKLab, D65).
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple, Self

HEX = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


class Color(NamedTuple):
    """An opaque color in linear light: red, green, and blue from 0 to 1."""

    red: float
    green: float
    blue: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the color of ``#rgb`` or ``#rrggbb``; the ``#`` may be missing.

        Raise ``ValueError`` for another text.
        """
        if not HEX.fullmatch(text):
            raise ValueError(f"not a color such as #0b7a4c: {text!r}")
        digits = text.removeprefix("#")
        if len(digits) == 3:
            digits = "".join(each * 2 for each in digits)
        return cls(*(_to_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4)))

    @classmethod
    def from_oklch(cls, lightness: float, chroma: float, hue: float) -> Self:
        """Return the color, with each channel clipped to sRGB as browsers clip it."""
        a, b = chroma * math.cos(hue), chroma * math.sin(hue)
        long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
        medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
        channels = (
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        )
        return cls(*(min(1.0, max(0.0, each)) for each in channels))

    def to_oklch(self) -> tuple[float, float, float]:
        """Return lightness (0 to 1), chroma, and hue (in radians)."""
        red, green, blue = self
        long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
        medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
        short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
        a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
        b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
        lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
        return lightness, math.hypot(a, b), math.atan2(b, a)

    @property
    def luminance(self) -> float:
        """Return the relative luminance, from 0 (black) to 1 (white)."""
        return 0.2126 * self.red + 0.7152 * self.green + 0.0722 * self.blue

    def contrast(self, other: Color) -> float:
        """Return the contrast ratio, from 1 (equal) to 21 (black and white)."""
        low, high = sorted((self.luminance, other.luminance))
        return (high + 0.05) / (low + 0.05)

    def scale(self, factor: float) -> Color:
        """Return the color with its light multiplied by a factor of at most 1: same hue, darker."""
        return Color(*(each * factor for each in self))

    def to_hex(self) -> str:
        """Return the color as ``#rrggbb``."""
        return "#" + "".join(f"{round(255 * _to_srgb(each)):02x}" for each in self)


BLACK, WHITE = Color(0, 0, 0), Color(1, 1, 1)


def _to_linear(channel: float) -> float:
    """Return the linear light of an sRGB channel. 0.04045 is the limit in IEC 61966-2-1."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _to_srgb(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
