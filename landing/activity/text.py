"""What may be shown of what others wrote: safe to print, and no longer than there is room.

Pure. Owns what is taken out of a text and where it is cut. That a page shows it as text,
and never as markup, is the business of who renders it.
"""

from __future__ import annotations

from enum import StrEnum

import regex
from django.utils.translation import gettext

ELLIPSIS = "…"
#: Controls and line ends; surrogates, which no encoding can write; characters that are none;
#: embeddings, overrides and isolates of directions, which reach beyond the text when they
#: are not closed (UAX #9); annotations, of which browsers show the hidden part.
_UNPRINTABLE = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}"
    r"\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
#: A text of nothing else looks like none.
_INVISIBLE = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Z}\p{M}\u2800]*")
#: More marks on one letter than any script needs; they would be drawn over other lines.
_PILED_MARKS = regex.compile(r"(\p{M}{8})\p{M}+")
_GRAPHEME = regex.compile(r"\X")


class ActorDisplay(StrEnum):
    """How much of an actor's name everybody sees."""

    FULL = "full"
    FIRST_NAME = "first_name"
    INITIAL = "initial"
    NOBODY = "nobody"


def clean(text: str) -> str:
    """On one line, without what cannot or must not be printed; empty if nothing can be seen."""
    printable = _PILED_MARKS.sub(r"\1", _UNPRINTABLE.sub(" ", text))
    return "" if _INVISIBLE.fullmatch(printable) else " ".join(printable.split())


def shorten(text: str, length: int) -> str:
    """At most ``length`` code points, cut between two graphemes (UAX #29), and said so."""
    if len(text) <= length:
        return text
    end = 0
    for grapheme in _GRAPHEME.finditer(text):
        if grapheme.end() > length - len(ELLIPSIS):
            break
        end = grapheme.end()
    return text[:end].rstrip() + ELLIPSIS


def format_actor(actor: str, display: ActorDisplay) -> str:
    """What everybody sees of a name; somebody without one is "Someone"."""
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
    # The first part of a name that can be seen may be one that cannot.
    if _INVISIBLE.fullmatch(shown):
        return gettext("Someone")
    return f"{shown}." if display is ActorDisplay.INITIAL else shown
