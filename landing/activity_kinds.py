"""What can happen: the kinds of activity, each with a name and an icon.

Knows no table, no socket and no template. A site adds its own where its app starts
(``AppConfig.ready``); an icon is path data alone, so nothing else can be in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

SLUG = re.compile(r"[a-z][a-z0-9_-]{0,31}")
PATH_DATA = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9 ,.+-]+")


class Kind(NamedTuple):
    """``icon`` is SVG path data for a 24x24 view box, drawn as a line of 1.75."""

    name: str | Promise
    icon: str


_kinds: dict[str, Kind] = {}


def register(slug: str, name: str | Promise, icon: str) -> None:
    """Let activities be of this kind; again: with this name and icon. Raises ValueError."""
    if not SLUG.fullmatch(slug):
        raise ValueError(f"{slug!r} is no slug of a kind: it must be {SLUG.pattern}")
    if not PATH_DATA.fullmatch(icon):
        raise ValueError(f"The icon of {slug!r} must be SVG path data: {PATH_DATA.pattern}")
    _kinds[slug] = Kind(name, icon)


def known() -> Mapping[str, Kind]:
    """All kinds by their slugs, in the order of their registration."""
    return MappingProxyType(_kinds)


register(
    "signup",
    gettext_lazy("Sign-up"),
    "M10 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8M2.5 20.5v-1a4.5 4.5 0 0 1 4.5-4.5h6"
    "a4.5 4.5 0 0 1 4.5 4.5v1M19 7.5v6M16 10.5h6",
)
register(
    "purchase",
    gettext_lazy("Purchase"),
    "M5.5 8h13l1 11a1.5 1.5 0 0 1-1.5 1.6H6A1.5 1.5 0 0 1 4.5 19zM8.5 11V7a3.5 3.5 0 0 1 7 0v4",
)
register(
    "campaign",
    gettext_lazy("Campaign"),
    "M4 10v4a1.5 1.5 0 0 0 1.5 1.5H8l10.5 4.5V4L8 8.5H5.5A1.5 1.5 0 0 0 4 10zM8 8.5v7"
    "M8.5 15.8l1.2 4.7h2.6l-1-3.4M21.5 10.5v3",
)
register(
    "milestone",
    gettext_lazy("Milestone"),
    "M5.5 21.5v-18M5.5 4.5c4.5-2.5 8.5 2.5 13.5 0v9.5c-5 2.5-9-2.5-13.5 0",
)
