"""Select one of the texts that an owner wrote in several languages."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language


def find(texts: Mapping[str, str], *languages: str) -> str | None:
    """Return the text of the first language that has one, or None.

    The language ``de-at`` also accepts the text of ``de``.
    """
    for language in languages:
        for code in (language, language.partition("-")[0]):
            if code in texts:
                return texts[code]
    return None


def find_active(texts: Mapping[str, str]) -> str | None:
    """Return the text in the language of the page, or None."""
    return find(texts, get_language() or "") if texts else None
