"""The values of the page's content, as pages use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ..models import Page

#: The sections below the counter, in their usual order. ``own`` is the block for own templates.
SECTIONS = ("about", "how", "own", "action")
#: Addresses of a link. ``javascript:`` and other schemes, and other hosts without one, are not.
LINK = re.compile(r"(?:https?://[^\s\\/]|mailto:[^\s\\@]+@|/(?![/\\])|[#?])[^\s\\]*")


@dataclass(frozen=True, slots=True)
class Content:
    """The owner's choices. An empty value means the setting."""

    brand_name: str = ""
    brand_color: str = ""
    logo: str = ""
    headline: str = ""
    has_lead: bool = True
    lead: str = ""
    #: Both are empty for the usual button.
    call_text: str = ""
    call_link: str = ""
    has_subtext: bool = True
    #: By language.
    subtexts: Mapping[str, str] = field(default_factory=dict)
    minimum: int | None = None
    has_feed: bool = True
    sections: tuple[str, ...] = SECTIONS

    @classmethod
    def from_page(cls, page: Page) -> Self:
        """Return the content of a row, without values that only SQL or a newer version can write.

        :func:`landing.brand.current.current` checks the color and the logo.
        """
        has_call = bool(page.call_text) and is_link(page.call_link)
        return cls(
            brand_name=page.brand_name,
            brand_color=page.brand_color,
            logo=page.logo,
            headline=page.headline,
            has_lead=page.has_lead,
            lead=page.lead,
            call_text=page.call_text if has_call else "",
            call_link=page.call_link if has_call else "",
            has_subtext=page.has_subtext,
            subtexts=_texts(page.subtexts),
            minimum=page.minimum,
            has_feed=page.has_feed,
            sections=_known_sections(page.sections),
        )


def is_link(address: str) -> bool:
    """Return whether a page may link to an address: of this site, with HTTP, or of e-mail."""
    return LINK.fullmatch(address) is not None


def _texts(subtexts: Any) -> dict[str, str]:
    if not isinstance(subtexts, dict):
        return {}
    return {code: text for code, text in subtexts.items() if isinstance(text, str) and text}


def _known_sections(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list):
        return SECTIONS
    return tuple(dict.fromkeys(name for name in names if name in SECTIONS))
