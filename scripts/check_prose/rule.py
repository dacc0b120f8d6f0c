"""One form to avoid, and how it is found in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .fragment import Kind

#: Characters before a match that the exception of a rule may inspect.
CONTEXT = 40


@dataclass(frozen=True)
class Rule:
    r"""A pattern with its advice, exceptions, and examples.

    ``unless_after`` is a pattern for the words directly before a match that make it good
    English. ``is_allowed_in_questions`` excludes sentences that end with a question mark. Spaces
    in a text are single, so ``\\s`` matches one space or line break.
    """

    name: str
    pattern: str
    advice: str
    found: tuple[str, ...]
    clean: tuple[str, ...]
    kinds: frozenset[Kind] = field(default=frozenset(Kind))
    unless_after: str = ""
    is_allowed_in_questions: bool = False

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

    @cached_property
    def _exception(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{self.unless_after})\s\Z", re.IGNORECASE)

    def matches(self, text: str) -> Iterator[re.Match[str]]:
        """Yield every place in the text that has this form."""
        for match in self._regex.finditer(text):
            before = text[max(0, match.start() - CONTEXT) : match.start()]
            if self.unless_after and self._exception.search(before):
                continue
            if self.is_allowed_in_questions and _is_in_question(text, match.end()):
                continue
            yield match


def _is_in_question(text: str, position: int) -> bool:
    end = re.search(r"[.!?](?=\s|\Z)", text[position:])
    return end is not None and end[0] == "?"
