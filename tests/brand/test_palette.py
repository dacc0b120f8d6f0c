"""Every brand color gives pages that can be read."""

from __future__ import annotations

import itertools
import re

import pytest

from landing import conf
from landing.brand import files, palette
from landing.brand.color import Color
from tests.services.site import ROOT

STEPS = range(0, 256, 51)
BRANDS = ["#{:02x}{:02x}{:02x}".format(*each) for each in itertools.product(STEPS, STEPS, STEPS)]
CARD, BOARD_INK = "#ffffff", "#ffffff"
WARN = {"light": "#8a5200", "dark": "#f2b557", "board": "#ffc66b"}
#: The tabs of Chrome in its dark theme.
DARK_TABS = "#202124"
DEFAULT = conf.LandingSettings().LANDING_BRAND_COLOR
ADMIN = (ROOT / "static/landing/admin/brand.css").read_text()
TOKENS = (ROOT / "static/landing/css/tokens.css").read_text()


def over(color: str, ground: str) -> str:
    """Return what a color ``#rrggbbaa`` on an opaque one looks like."""
    share = int(color[7:], 16) / 255
    pairs = ((int(color[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def contrast(first: str, second: str) -> float:
    return Color.parse(first).contrast(Color.parse(second))


def test_text_can_be_read_for_each_brand() -> None:
    for brand in BRANDS:
        assert unreadable(palette.build(brand)) == [], brand


def unreadable(colors: palette.Palette) -> list[str]:
    """Return the texts and icons without enough contrast."""
    found = []
    rings = {}
    for name, theme in {"light": colors.light, "dark": colors.dark}.items():
        for text in ("ink", "soft", "live"):
            for ground in (theme.get("paper", palette.PAPER.to_hex()), theme.get("card", CARD)):
                if contrast(theme[text], ground) < palette.TEXT_CONTRAST:
                    found.append(f"{text} on {name}")
        # Icons lie on a glow. Lines need less contrast than text.
        lit = over(theme["glow"], theme.get("card", CARD))
        if contrast(theme["live"], lit) < 3:
            found.append(f"icon on {name}")
        # The board is lightest in its center, which all four rings cover.
        rings[name] = theme["board"]
        for _ in range(4):
            rings[name] = over(colors.board["ring"], rings[name])
    for name, ground in rings.items():
        texts = {**colors.board, "ink": BOARD_INK, "warn": WARN["board"]}
        for text in ("ink", "soft", "live", "warn"):
            if contrast(texts[text], ground) < palette.TEXT_CONTRAST:
                found.append(f"{text} on the board of {name}")
    for theme in (colors.light, colors.dark, colors.board):
        for fill in ("live", "fill"):
            if contrast(theme[fill], theme[f"on-{fill}"]) < palette.TEXT_CONTRAST:
                found.append(f"text on {fill}")
    if min(contrast(colors.icon, tab) for tab in ("#ffffff", DARK_TABS)) < 3:
        found.append("icon in tabs")
    return found


@pytest.mark.parametrize(
    ("brand", "text"), [("#ffd400", "#000000"), ("#001f5b", "#ffffff"), ("#f00", "#000000")]
)
def test_text_on_the_color_is_black_or_white_by_contrast(brand: str, text: str) -> None:
    assert palette.build(brand).light["on-fill"] == text


def test_a_legible_color_stays_and_another_one_becomes_darker() -> None:
    assert palette.build("#0b7a4c").light["live"] == "#0b7a4c"
    yellow = palette.build("#ffd400").light
    assert yellow["fill"] == "#ffd400"
    assert yellow["live"] == "#816a00"


@pytest.mark.parametrize("theme", ["light", "dark", "board"])
def test_the_style_sheet_has_the_palette_of_the_default_color(theme: str) -> None:
    plain = TOKENS.partition("@supports")[0]
    light, _, dark = plain.partition("@media (prefers-color-scheme: dark)")
    written = {"light": light, "dark": dark.partition(".board")[0], "board": dark}[theme]
    written = written.partition(".board {")[2] if theme == "board" else written
    properties = dict(re.findall(r"--([a-z-]+): (#\w+);", written))
    derived = getattr(palette.build(DEFAULT), theme)
    assert set(derived) <= set(properties), "an older browser lacks a color"
    assert {name: long(properties[name]) for name in derived} == derived


def test_the_style_sheet_of_the_admin_has_the_palette_of_the_default_color() -> None:
    """The style sheet of another color has the same properties."""
    plain = ADMIN.partition("@supports")[0]
    written = dict(re.findall(r"--([a-z-]+): ([^;]+);", plain))
    generated = dict(re.findall(r"--(brand[a-z-]*):([^;}]+)", files.style_sheet(DEFAULT)))
    assert {name: spelled_out(value) for name, value in written.items()} == generated


def spelled_out(value: str) -> str:
    return re.sub(r"#\w+", lambda match: long(match[0]), value).replace(", ", ",")


def long(color: str) -> str:
    return color if len(color) > 4 else "#" + "".join(each * 2 for each in color[1:])
