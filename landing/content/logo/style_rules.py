"""Find the parts of an SVG picture to which its style sheets refer, for each element."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import unquote

#: A color such as ``#fff`` looks like a reference, but no element has such an id.
_REFERENCE = re.compile(r"#([^\s\"')]+)")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_COMBINATOR = re.compile(r"[\s>+~]+")
_CONDITION = re.compile(r"[:\[].*", re.DOTALL)
_NAME = re.compile(r"[.#]?[\w-]+")

#: The names of an element in selectors: its tag, ``#id``, and ``.class``.
Names = frozenset[str]


def find_references(value: str) -> list[str]:
    """Return the ids in the value of an attribute, or in declarations of a style."""
    return [unquote(name) for name in _REFERENCE.findall(value)]


def names_of(tag: str, attributes: dict[str, str]) -> Names:
    """Return the names of an element."""
    classes = (f".{name}" for name in attributes.get("class", "").split())
    return frozenset((tag, f"#{attributes.get('id', '')}", *classes))


class StyleRules:
    """The rules of a style sheet that refer to parts.

    A rule counts for every element that its last selector may mean. Ancestors and conditions such
    as ``:hover`` are ignored.
    """

    def __init__(self, sheet: str) -> None:
        #: By one of the names in a selector; empty for a selector without names.
        self._rules = defaultdict[str, list[tuple[Names, list[str]]]](list)
        for block in _COMMENT.sub(" ", sheet).split("}"):
            start, _, declarations = block.rpartition("{")
            selectors = start.rpartition("{")[2]  # without the @media around them
            if references := find_references(declarations):
                for selector in selectors.split(","):
                    last = _COMBINATOR.split(_CONDITION.sub("", selector).strip())[-1]
                    names = frozenset(_NAME.findall(last))
                    self._rules[min(names, default="")].append((names, references))

    def references(self, names: Names) -> Iterator[str]:
        """Yield the ids to which the styles of an element refer."""
        for name in (*names, ""):
            for needed, references in self._rules.get(name, ()):
                if needed <= names:
                    yield from references
