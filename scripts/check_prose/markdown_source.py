"""Find headings, paragraphs, list items, and table cells in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .fragment import Fragment, Kind

_FENCE = re.compile(r"\s*(?:```|~~~)")
_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*\Z")
_ITEM = re.compile(r"(\s*)(?:[-*+]|\d+[.)])\s+")


def extract(source: str) -> Iterator[Fragment]:
    """Yield the prose of one Markdown file, without code blocks."""
    yield from (fragment for fragment, _ in blocks(source))


def blocks(source: str) -> Iterator[tuple[Fragment, bool]]:
    """Yield each fragment, and whether it is a cell of a table."""
    paragraph: list[str] = []
    start = 0
    is_code = False
    for number, line in enumerate([*source.split("\n"), ""], 1):
        starts_block = bool(
            not line.strip()
            or _FENCE.match(line)
            or _HEADING.match(line)
            or _ITEM.match(line)
            or line.lstrip().startswith("|")
        )
        if paragraph and starts_block:
            yield Fragment.of(start, "\n".join(paragraph), Kind.TEXT), False
            paragraph = []
        if _FENCE.match(line):
            is_code = not is_code
        elif is_code or not line.strip():
            continue
        elif heading := _HEADING.match(line):
            yield Fragment.of(number, heading[1], Kind.HEADING), False
        elif line.lstrip().startswith("|"):
            for cell in re.split(r"(?<!\\)\|", line.strip().strip("|")):
                if cell.strip(" -:"):
                    yield Fragment.of(number, cell, Kind.TEXT), True
        else:
            if not paragraph:
                start = number
            paragraph.append(_ITEM.sub("", line, count=1).lstrip("> "))
