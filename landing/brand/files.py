"""The files in the brand color: two style sheets, the icon, and two pictures.

The style sheet of the site only sets ``--brand``, because ``tokens.css`` derives the other colors
from it. For browsers without relative colors, it also contains the derived ones.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.contrib.staticfiles import finders

from . import palette, png
from .color import Color

STYLE, ACCENT, ICON = "brand.css", "accent.css", "icon.svg"
TOUCH_ICON, SHARE_IMAGE = "touch-icon.png", "share.png"
#: The static files in the default color.
SOURCES: Mapping[str, str] = {
    ICON: "live_user_counter/favicon.svg",
    TOUCH_ICON: "live_user_counter/touch-icon.png",
    SHARE_IMAGE: "live_user_counter/social.png",
}
#: The color of these files.
SOURCE_COLOR = "#0b7a4c"
ICON_SOURCE_COLOR = "#12a56a"
#: A weaker color is paper, which is the same for every brand.
NEUTRAL_CHROMA = 0.01
#: The elements and pages that a project shows in its own templates.
SCOPE = "live-user-counter,live-activity-feed,live-places,.luc-page"
#: More chroma than every screen shows at the lightness of text would change that lightness.
MAX_ACCENT_CHROMA = 0.15
CSS = "text/css; charset=utf-8"
WITHOUT_RELATIVE_COLORS = "@supports not (color:oklch(from red l c h))"


class File(NamedTuple):
    """The content of a file and its media type."""

    content: bytes
    media_type: str


@lru_cache(maxsize=8)
def build(color: str) -> Mapping[str, File]:
    """Return the files of a brand color by name. A picture without a source is missing."""
    sheets = {STYLE: style_sheet(color), ACCENT: accent_sheet(color)}
    files = {name: File(text.encode(), CSS) for name, text in sheets.items()}
    for name, source in SOURCES.items():
        if path := finders.find(source):
            files[name] = _recolor(name, Path(path).read_bytes(), color)
    return files


@lru_cache(maxsize=8)
def version(color: str) -> str:
    """Return a hash of the content of all files of a color."""
    digest = hashlib.sha256()
    for file in build(color).values():
        digest.update(file.content)
    return digest.hexdigest()[:12]


def style_sheet(color: str) -> str:
    """Return the sheet that sets the brand color."""
    colors = palette.build(color)
    admin = {
        "brand-text": f"light-dark({colors.light['live']},{colors.dark['live']})",
        "brand-fill": f"light-dark({colors.light['fill']},{colors.dark['fill']})",
        "brand-on-fill": f"light-dark({colors.light['on-fill']},{colors.dark['on-fill']})",
        "brand-board": colors.light["board"],
        "brand-soft": colors.board["soft"],
    }
    return (
        f":root{{--brand:{color}}}"
        f"{WITHOUT_RELATIVE_COLORS}{{"
        f"{_rule(':root', {**colors.light, **admin})}"
        f"@media (prefers-color-scheme:dark){{{_rule(':root', colors.dark)}}}"
        f"{_rule('.board', colors.board)}"
        "}"
    )


def accent_sheet(color: str) -> str:
    """Return the sheet with the default accent of the elements. It changes nothing else."""
    _, chroma, hue = Color.parse(color).to_oklch()
    accent = {
        "luc-chroma": f"{min(chroma, MAX_ACCENT_CHROMA):.3f}",
        "luc-hue": f"{math.degrees(hue) % 360:.1f}",
        "luc-brand": palette.build(color).icon,
    }
    return _rule(SCOPE, accent)


def _rule(selector: str, colors: Mapping[str, str]) -> str:
    return f"{selector}{{{';'.join(f'--{name}:{value}' for name, value in colors.items())}}}"


def _recolor(name: str, source: bytes, color: str) -> File:
    if name == ICON:
        icon = source.replace(ICON_SOURCE_COLOR.encode(), palette.build(color).icon.encode())
        return File(icon, "image/svg+xml")
    return File(png.recolor(source, _rotation(color)), "image/png")


def _rotation(color: str) -> Callable[[Color], Color]:
    """Return a function that changes the hue and the strength of a color, and not its lightness."""
    _, old_chroma, old_hue = Color.parse(SOURCE_COLOR).to_oklch()
    _, new_chroma, new_hue = Color.parse(color).to_oklch()
    strength = min(1.4, new_chroma / old_chroma)

    def rotate(each: Color) -> Color:
        lightness, chroma, hue = each.to_oklch()
        if chroma < NEUTRAL_CHROMA:
            return each
        return Color.from_oklch(lightness, chroma * strength, hue + new_hue - old_hue)

    return rotate
