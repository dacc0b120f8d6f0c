"""Format numbers, ages, and JSON attributes in the language of the page.

The browser's scripts format the same values later with ``Intl``. Babel has the same CLDR
data, so the text stays the same when the scripts take over.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import lru_cache
from math import inf
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_timedelta
from babel.numbers import format_decimal
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

Unit = Literal["day", "hour", "minute", "second"]

#: Shown for an unknown number, which is never 0.
UNKNOWN = "–"
#: The units of an age, largest first, with their seconds.
UNITS: dict[Unit, int] = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
#: How JSON writes the characters that would end an attribute between single quotes.
_JSON_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "&<>'"}


def locale() -> Locale:
    """Return Babel's locale of the active language."""
    return _locale_of(get_language() or "en")


def number(value: int | None) -> str:
    """Return the number with the language's group separators, such as ``1,234,567``.

    Return a dash for None. Digits are Latin in every language, because the counter's
    reels have no others.
    """
    return UNKNOWN if value is None else _number(value, locale())


def ago(seconds: float) -> str:
    """Return an age in its largest whole unit, such as ``2 minutes ago``.

    Return ``now`` for less than one second.
    """
    whole = int(seconds)
    if whole < 1:
        return gettext("now")  # Babel lacks CLDR's relative names, such as "now"
    unit = next(name for name, size in UNITS.items() if whole >= size)
    # Babel rounds to the nearest whole; the scripts round down.
    return _ago(whole - whole % UNITS[unit], unit, locale())


def window(minutes: int) -> str:
    """Return the label of the visitors that were active in the last ``minutes``."""
    return ngettext("in the last minute", "in the last %(minutes)d minutes", minutes) % {
        "minutes": minutes
    }


def json_attribute(value: object) -> SafeString:
    """Return JSON for an attribute between single quotes.

    Between double quotes, every quote of the JSON would be escaped, which doubles its size.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return mark_safe(text.translate(_JSON_ESCAPES))  # noqa: S308 - no character can end it


# Every page shows the same few numbers and ages, and Babel takes 25 µs for each.
@lru_cache(maxsize=1024)
def _number(value: int, language: Locale) -> str:
    return format_decimal(value, locale=language, numbering_system="latn")


@lru_cache(maxsize=1024)
def _ago(seconds: int, unit: Unit, language: Locale) -> str:
    age = timedelta(seconds=-seconds)
    # An infinite threshold keeps Babel from choosing a larger unit, such as weeks.
    return format_timedelta(age, unit, threshold=inf, add_direction=True, locale=language)


@lru_cache
def _locale_of(language: str) -> Locale:
    """Return the locale of a language tag, of its longest known prefix, or English."""
    tag = language
    while tag:
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            tag = tag.rpartition("-")[0]
    return Locale("en")
