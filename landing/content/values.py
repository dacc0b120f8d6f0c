"""The values of the page's content, as pages use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ..models import Page
from . import languages

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
    #: The name of an uploaded logo, which wins over ``logo``.
    logo_file: str = ""
    #: A data URL of an upload that is not saved yet. Only a draft has one, and it wins.
    unsaved_logo: str = ""
    headline: str = ""
    #: The texts by language win over the general ones.
    headlines: Mapping[str, str] = field(default_factory=dict)
    has_lead: bool = True
    lead: str = ""
    leads: Mapping[str, str] = field(default_factory=dict)
    #: The general text and the link are both empty for the usual button.
    call_text: str = ""
    call_texts: Mapping[str, str] = field(default_factory=dict)
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
            logo_file=page.logo_file_id or "",
            headline=page.headline,
            headlines=_texts(page.headlines),
            has_lead=page.has_lead,
            lead=page.lead,
            leads=_texts(page.leads),
            call_text=page.call_text if has_call else "",
            call_texts=_texts(page.call_texts) if has_call else {},
            call_link=page.call_link if has_call else "",
            has_subtext=page.has_subtext,
            subtexts=_texts(page.subtexts),
            minimum=page.minimum,
            has_feed=page.has_feed,
            sections=_known_sections(page.sections),
        )

    @property
    def button(self) -> str:
        """Return the text of the owner's button in the language of the page."""
        return languages.find_active(self.call_texts) or self.call_text


def is_link(address: str) -> bool:
    """Return whether a page may link to an address: of this site, with HTTP, or of e-mail."""
    return LINK.fullmatch(address) is not None


def _texts(stored: Any) -> dict[str, str]:
    if not isinstance(stored, dict):
        return {}
    return {code: text for code, text in stored.items() if isinstance(text, str) and text}


def _known_sections(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list):
        return SECTIONS
    return tuple(dict.fromkeys(name for name in names if name in SECTIONS))
