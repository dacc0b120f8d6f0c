"""The kinds of activity, such as "purchase", each with a name and an icon.

A site registers its own kinds in ``AppConfig.ready``. An icon is SVG path data only, so it
cannot carry markup or scripts.
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


class ActivityKind(NamedTuple):
    """A kind of activity. ``icon`` is path data for a 24x24 view box, stroked 2 wide."""

    name: str | Promise
    icon: str
    #: Whether visitors do it, so that the dashboard compares it with the visitors.
    is_goal: bool = True


_kinds: dict[str, ActivityKind] = {}
#: All kinds by slug, in the order of registration. A live, read-only view.
KINDS: Mapping[str, ActivityKind] = MappingProxyType(_kinds)


def register(slug: str, name: str | Promise, icon: str, *, is_goal: bool = True) -> None:
    """Add a kind, or replace the kind that has this slug.

    Pass ``is_goal=False`` for what no visitor does, such as the start of a campaign.

    Raises:
        ValueError: the slug or the icon has invalid characters.
    """
    if not SLUG.fullmatch(slug):
        raise ValueError(f"The slug of a kind must match {SLUG.pattern} (got {slug!r})")
    if not PATH_DATA.fullmatch(icon):
        raise ValueError(f"The icon of kind {slug!r} must be path data: {PATH_DATA.pattern}")
    _kinds[slug] = ActivityKind(name, icon, is_goal)


register(
    "signup",
    gettext_lazy("Sign-up"),
    "M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M3 20c0-6 14-6 14 0M19 8v6M16 11h6",
)
register("purchase", gettext_lazy("Purchase"), "M5 8h14l1 13H4zM9 11V7a3 3 0 0 1 6 0v4")
register("campaign", gettext_lazy("Campaign"), "M4 10v5h4l11 5V5L8 10zM8 15l1 5h3", is_goal=False)
register(
    "milestone",
    gettext_lazy("Milestone"),
    "M6 21V4c5-3 8 3 13 0v10c-5 3-8-3-13 0",
    is_goal=False,
)
