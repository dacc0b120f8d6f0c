"""Check headings and the length of sentences in documents."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from .fragment import Fragment, Kind
from .markdown_source import blocks
from .mask import PLACEHOLDER, mask

#: Words that keep their capital within a heading.
PROPER = frozenset(
    {
        *("Arabic", "English", "German", "Spanish", "I"),
        *("Autobahn", "Babel", "Channels", "Daphne", "Django", "Twisted", "Uvicorn"),
        *("Chromium", "Lua", "Postgres", "Prometheus", "Python", "Redis", "Windows"),
    }
)
_ABBREVIATIONS = re.compile(r"\b(?:e\.g|i\.e|etc|vs|approx|cf|no)\.\s", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?]['\")\]*_]*\s+(?=\S)")


def capitals(fragment: Fragment) -> Iterator[str]:
    """Yield the words of a heading that break sentence case."""
    words = mask(fragment.text).split()
    for previous, word in itertools.pairwise(words):
        bare = re.sub(r"['’]s\Z", "", word.strip('()*,.:;?!"'))
        starts_phrase = previous.endswith((":", ".", "?", "—", "–"))
        if re.fullmatch(r"[A-Z][a-z]+", bare) and bare not in PROPER and not starts_phrase:
            yield bare


def sentence_lengths(source: str) -> Iterator[int]:
    """Yield the words of each sentence in paragraphs and lists of a Markdown file."""
    for fragment, is_cell in blocks(source):
        if fragment.kind is Kind.TEXT and not is_cell:
            yield from lengths(fragment.text)


def lengths(text: str) -> Iterator[int]:
    """Yield the words of each sentence. A code span counts as one word."""
    prose = _ABBREVIATIONS.sub(lambda match: match[0].replace(".", ""), mask(text))
    for sentence in _SENTENCE_END.split(prose):
        words = [word for word in sentence.split() if re.search(rf"[\w{PLACEHOLDER}]", word)]
        if words:
            yield len(words)


def average(values: Iterable[int]) -> float:
    """Return the mean, or 0 for an empty series."""
    counts = list(values)
    return sum(counts) / len(counts) if counts else 0.0
