"""A counted phrase in all of a language's plural forms, for scripts that count later.

The browser picks the form (``Intl.PluralRules``); gettext knows the words. Knows no
phrase itself.
"""

from __future__ import annotations

from collections.abc import Callable

#: Per category of CLDR a number that belongs to it, in each language that has the category.
SAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}


def forms(say: Callable[[int], str]) -> dict[str, str]:
    """``{"one": …, "other": …}``; a category that says what ``other`` says is left out.

    ``say`` calls ``ngettext`` with a number and leaves the placeholder ``{count}`` in.
    """
    other = say(SAMPLES["other"])
    said = {category: say(number) for category, number in SAMPLES.items()}
    return {name: text for name, text in said.items() if text != other or name == "other"}
