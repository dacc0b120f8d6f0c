"""Plural forms of a counted phrase, for scripts that insert the count later.

The browser selects the form with ``Intl.PluralRules``. Babel has the same categories, and
gettext has the phrases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from babel import Locale

from .formatting import locale

#: Every category of whole numbers in CLDR contains at least one of these counts.
COUNTS = (*range(201), 1_000_000)
#: Has the category ``other`` in every language that uses it for whole numbers.
OTHER = 100


def forms(phrase: Callable[[int], str]) -> dict[str, str]:
    """Return the phrase by plural category, such as ``{"one": …, "other": …}``.

    ``phrase`` calls ``ngettext`` for a count and keeps the placeholder ``{count}``. A
    category with the same text as ``other`` is omitted.
    """
    texts = {category: phrase(count) for category, count in _samples(str(locale())).items()}
    other = texts["other"]
    return {name: text for name, text in texts.items() if text != other or name == "other"}


@lru_cache
def _samples(identifier: str) -> Mapping[str, int]:
    """Return the smallest count of each category of the locale.

    Some languages, such as Russian, use ``other`` for fractions only. The count of
    ``OTHER`` stands in for it, because scripts fall back to ``other``.
    """
    rule = Locale.parse(identifier).plural_form
    return {"other": OTHER} | {rule(count): count for count in reversed(COUNTS)}
