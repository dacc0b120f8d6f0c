"""A piece of prose in a file."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """The role of a fragment. Some rules apply to some roles only."""

    TEXT = "text"  #: a paragraph, list item, or table cell of a document; a text of a template
    HEADING = "heading"
    DOCSTRING = "docstring"
    COMMENT = "comment"
    MESSAGE = "message"  #: a string of at least three words
    NAME = "name"  #: a name in code, with spaces between its words


class Fragment(NamedTuple):
    """Some lines of prose. ``text`` has one line break per line of the file."""

    line: int
    text: str
    kind: Kind
    last_line: int

    @classmethod
    def of(cls, line: int, text: str, kind: Kind, last_line: int | None = None) -> Fragment:
        """Return a fragment with single spaces and without indentation."""
        lines = [" ".join(part.split()) for part in text.split("\n")]
        end = line + len(lines) - 1 if last_line is None else last_line
        return cls(line, "\n".join(lines), kind, end)

    def line_at(self, position: int) -> int:
        """Return the line number of a position in the text."""
        return min(self.line + self.text.count("\n", 0, position), self.last_line)
