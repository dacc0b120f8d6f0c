"""Find the setting that a misspelled name was meant as."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def find_similar(name: str, prefix: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` resembles most, or None. The prefix may be missing."""
    # The prefix, which all names share, would make unrelated names look similar.
    endings = {other.removeprefix(prefix): other for other in known}
    similar = difflib.get_close_matches(normalize(name).removeprefix(prefix), endings, n=1)
    return endings[similar[0]] if similar else None


def normalize(name: str) -> str:
    """Return a name in upper case and with underscores."""
    return name.upper().replace("-", "_")
