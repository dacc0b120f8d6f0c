"""Make texts from outside safe to display: remove harmful characters, shorten, hide names.

Pure functions. The caller still has to escape the result for HTML.
"""

from __future__ import annotations

from enum import StrEnum

import regex
from django.utils.translation import gettext

ELLIPSIS = "…"
#: Control characters and line separators; surrogates, which no encoding can write;
#: noncharacters; direction embeddings, overrides, and isolates, which affect the text that
#: follows if they are not closed (UAX #9); annotations, whose hidden part browsers display.
_UNPRINTABLE = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}"
    r"\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
#: Matches texts that look empty.
_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Z}\p{M}\u2800]*")
#: More marks on one letter than any script needs. They would cover the lines around it.
_PILED_MARKS = regex.compile(r"(\p{M}{8})\p{M}+")
_GRAPHEME = regex.compile(r"\X")


class ActorDisplay(StrEnum):
    """How much of an actor's name is public."""

    FULL = "full"
    FIRST_NAME = "first_name"
    INITIAL = "initial"
    NOBODY = "nobody"


def clean(text: str) -> str:
    """Return the text on one line, without harmful characters; empty if nothing is visible."""
    printable = _PILED_MARKS.sub(r"\1", _UNPRINTABLE.sub(" ", text))
    return "" if _INVISIBLE.fullmatch(printable) else " ".join(printable.split())


def shorten(text: str, length: int) -> str:
    """Return at most ``length`` code points, with an ellipsis if the text was longer.

    The cut is between two graphemes (UAX #29).
    """
    if len(text) <= length:
        return text
    end = 0
    for grapheme in _GRAPHEME.finditer(text):
        if grapheme.end() > length - len(ELLIPSIS):
            break
        end = grapheme.end()
    return text[:end].rstrip() + ELLIPSIS


def format_actor(actor: str, display: ActorDisplay) -> str:
    """Return the public part of a name, or "Someone" if there is no visible part."""
    match display:
        case ActorDisplay.FULL:
            shown = actor
        case ActorDisplay.FIRST_NAME:
            shown = actor.partition(" ")[0]
        case ActorDisplay.INITIAL:
            initial = _GRAPHEME.match(actor)
            shown = initial[0] if initial else ""
        case ActorDisplay.NOBODY:
            shown = ""
    # The first part of a visible name can be invisible.
    if _INVISIBLE.fullmatch(shown):
        return gettext("Someone")
    return f"{shown}." if display is ActorDisplay.INITIAL else shown
