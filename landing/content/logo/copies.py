"""Count the elements that a browser draws for an SVG picture, copies included.

An element may refer to others by their ids, such as ``<use href="#mark">`` or a pattern. A small
file with references to references can keep a browser busy for hours.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

from .style_rules import Names, StyleRules, find_references

MAX_DRAWN = 50_000
#: References to references, of which each pass finds one level.
MAX_LEVELS = 20


class Copies:
    """The tree of elements with their references, built while the file is parsed."""

    def __init__(self) -> None:
        #: The texts of all style sheets.
        self.styles: list[str] = []
        self._parents: list[int] = []
        self._references: list[list[str]] = []
        self._names: list[Names] = []
        self._places: dict[str, int] = {}
        self._open: list[int] = []

    @property
    def depth(self) -> int:
        """How many elements are open."""
        return len(self._open)

    def open(self, id: str, names: Names, values: Iterable[str]) -> None:
        """Add an element with its names in style sheets, and the values of its attributes."""
        place = len(self._parents)
        self._parents.append(self._open[-1] if self._open else 0)
        self._names.append(names)
        self._references.append([id for value in values for id in find_references(value)])
        if id:
            # Of two elements with the same id, browsers draw the first one.
            self._places.setdefault(id, place)
        self._open.append(place)

    def close(self) -> None:
        """End the element that was opened last."""
        self._open.pop()

    def are_too_many(self) -> bool:
        """Return whether a browser would draw too many elements, or without an end."""
        rules = StyleRules("".join(self.styles))
        targets: list[list[int]] = []
        count = 0
        for own, names in zip(self._references, self._names, strict=True):
            # A small sheet may have any number of references for each element.
            ids = list(islice(chain(own, rules.references(names)), MAX_DRAWN + 1 - count))
            count += len(ids)
            if count > MAX_DRAWN:
                return True
            targets.append([self._places[id] for id in ids if id in self._places])
        drawn = [0] * len(targets)
        for _ in range(MAX_LEVELS + 1):
            before, drawn = drawn, self._count(targets, drawn)
            if drawn == before:
                return drawn[0] > MAX_DRAWN
            if drawn[0] > MAX_DRAWN:
                return True
        return True

    def _count(self, targets: list[list[int]], before: list[int]) -> list[int]:
        """Return the elements in each one, with the copies that were known before."""
        drawn = [1 + sum(before[target] for target in each) for each in targets]
        # An element comes after its parent. The root is its own parent.
        for place in range(len(drawn) - 1, 0, -1):
            drawn[self._parents[place]] += drawn[place]
        return drawn
