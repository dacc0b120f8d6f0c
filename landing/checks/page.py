"""System checks of the settings of the page: its brand, its texts, and its elements."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.checks import CheckMessage, Error, Warning, register

from .. import conf
from ..brand import palette
from ..brand.color import HEX, Color
from ..brand.current import address
from ..live.feed import FEED_ITEMS
from ..names import LABEL
from .ids import full_id
from .setting_rules import Rule, text, whole
from .template_blocks import has_block

#: Buttons and other graphics need this contrast (WCAG 2.2, 1.4.11).
GRAPHICS_CONTRAST = 3

FILE_OF_SITE = Rule(
    'empty, a static file such as "brand/logo.svg", or a path such as "/media/logo.svg"',
    lambda value: isinstance(value, str) and (value == "" or _is_file_of_site(value)),
)

BASE_TEMPLATE = Rule(
    'a template with the block "content"', lambda value: has_block(value, "content")
)

#: The check id and the rule of each setting.
RULES: dict[str, tuple[str, Rule]] = {
    "LANDING_BRAND_NAME": (
        "E070",
        text(r"(?=.*\S)[^\r\n]{1,60}", "one line of 1 to 60 characters"),
    ),
    "LANDING_BRAND_COLOR": ("E071", text(HEX.pattern, "a color such as #0b7a4c")),
    "LANDING_BRAND_LOGO": ("E072", FILE_OF_SITE),
    "LANDING_BRAND_ICON": ("E073", FILE_OF_SITE),
    "LANDING_BRAND_SHARE_IMAGE": ("E074", FILE_OF_SITE),
    "LANDING_BRAND_STYLESHEET": ("E075", FILE_OF_SITE),
    "LANDING_BASE_TEMPLATE": ("E084", BASE_TEMPLATE),
    "LANDING_HEADLINE": (
        "E076",
        text(r"(?=.*\S)[^\r\n]{1,200}", "one line of 1 to 200 characters"),
    ),
    "LANDING_LEAD": ("E077", text(r"[^\r\n]{0,300}", "one line of at most 300 characters")),
    "LANDING_COUNTER_METRIC": ("E078", text("online|active", "online or active")),
    "LANDING_COUNTER_MINIMUM": ("E079", whole(0, 1_000_000_000)),
    "LANDING_COUNTER_UPDATE_SECONDS": ("E080", whole(1, 86_400)),
    "LANDING_FEED_LIMIT": ("E081", whole(1, FEED_ITEMS)),
    "LANDING_SIMULATED_INCREMENT": ("E082", whole(0, 1_000_000_000)),
    "LANDING_SCRIPT": ("E083", text("classic|module", "classic or module")),
}


class ContrastProblem(NamedTuple):
    """A color that can hardly be seen, and what to do."""

    text: str
    remedy: str


@register(LABEL)
def check_contrast(**kwargs: Any) -> list[CheckMessage]:
    """W110: warn of a brand color that can hardly be seen on the page."""
    name = conf.read().LANDING_BRAND_COLOR
    if not RULES["LANDING_BRAND_COLOR"][1].holds(name):
        return []
    problem = find_contrast_problem(name)
    if problem is None:
        return []
    return [
        Warning(
            f"{conf.spell('LANDING_BRAND_COLOR')} {problem.text}",
            problem.remedy,
            id=full_id("W110"),
        )
    ]


def find_contrast_problem(name: str) -> ContrastProblem | None:
    """Return the problem of a brand color with its ratio in words, or None."""
    color = Color.parse(name)
    ratio = color.contrast(palette.PAPER)
    if ratio >= GRAPHICS_CONTRAST:
        return None
    darker = palette.darken(color)
    return ContrastProblem(
        f"{name} has a contrast of {_ratio(ratio)} to the light background "
        f"{palette.PAPER.to_hex()}. WCAG asks for {_ratio(GRAPHICS_CONTRAST)}, and for "
        f"{_ratio(palette.TEXT_CONTRAST)} for text.",
        f"Buttons keep your color. Text, lines, and icons of light pages are "
        f"{darker.to_hex()} ({_ratio(darker.contrast(palette.PAPER))}) instead. "
        "A darker brand color is the same everywhere.",
    )


@register(LABEL, deploy=True)
def check_collected_files(**kwargs: Any) -> list[CheckMessage]:
    """E203: without its hashed name, a file of the brand is missing on every page."""
    if settings.DEBUG or not isinstance(staticfiles_storage, ManifestFilesMixin):
        return []
    values = conf.read()
    names = [name for name, (_, rule) in RULES.items() if rule is FILE_OF_SITE]
    return [
        Error(
            f"{conf.spell(name)} is not among the collected static files: {getattr(values, name)}.",
            hint="Run: python manage.py collectstatic --noinput",
            id=full_id("E203"),
        )
        for name in names
        if FILE_OF_SITE.holds(getattr(values, name)) and not is_collected(getattr(values, name))
    ]


def is_collected(file: str) -> bool:
    """Return whether a file has an address: a static file must be collected."""
    try:
        address(file)
    except ValueError:
        return False
    return True


def _ratio(value: float) -> str:
    """Return a contrast ratio in words, such as ``4.5 to 1``. It is never rounded up."""
    return f"{int(value * 10) / 10:g} to 1"


def _is_file_of_site(value: str) -> bool:
    """Return whether a text is a path of this host, or the name of a static file that exists.

    The content policy of the site allows no other host.
    """
    if value.startswith("/"):
        return re.fullmatch(r"/[^/\\\s][^\\\s]*", value) is not None
    if re.search(r"[\\\s:]|\.\.", value):
        return False
    return finders.find(value) is not None
