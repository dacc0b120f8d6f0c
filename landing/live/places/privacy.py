"""Which numbers of places the public may read.

A number below ``LANDING_MIN_PLACE_PEOPLE`` could reveal the page of one person, so it is null.
These people are part of ``elsewhere``, and the sum of all numbers remains the number of people. If
that sum would still give a hidden number away, the smallest visible one is hidden, too.

A hidden number appears only above the minimum, so that it does not come and go with one person. The
reader of the places remembers which numbers were visible, so the API, frames, and pages of one
process agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from .counts import TOP, PlaceCounts


class Threshold:
    """Knows which numbers were large enough for the public at the last read."""

    def __init__(self) -> None:
        self._large: frozenset[str] = frozenset()

    def apply(self, counts: PlaceCounts, least: int) -> PlaceCounts:
        """Return the counts with the places whose number is large enough now."""
        appears_at = least if least == 1 else least + 1
        self._large = frozenset(
            place
            for place, people in counts.people_by_place.items()
            if people >= (least if place in self._large else appears_at)
        )
        return replace(counts, large=self._large)


@dataclass(frozen=True, slots=True)
class ReadablePlaces:
    """The places that somebody may read, those with a number first; None is a hidden number."""

    elsewhere: int
    people_by_place: Mapping[str, int | None]
    #: the numbers of places that are not listed, and that of all others
    others: Mapping[str, int] = field(default_factory=dict, compare=False)
    missing: int | None = field(default=None, compare=False)

    @classmethod
    def for_staff(cls, counts: PlaceCounts) -> Self:
        """Return every number that the read returned."""
        listed = sum(each.people for each in counts.top)
        return cls(counts.snapshot.people - listed, dict(counts.top))

    @classmethod
    def for_public(cls, counts: PlaceCounts, least: int) -> Self:
        """Return the numbers that are large enough and give no smaller one away."""
        visible = [each for each in counts.top if each.place in counts.large]
        hidden = [each.place for each in counts.top if each.place not in counts.large]
        if least == 2 or len(counts.top) >= TOP:
            # Below 2 is 1. In a full list, the places have more people than those that are missing.
            hidden = []
        rest = counts.snapshot.people - sum(each.people for each in visible)
        if hidden and rest < _least_rest(len(hidden), least):
            if visible:
                smallest = visible.pop()
                hidden.append(smallest.place)
                rest += smallest.people
            else:
                # Then even the names would reveal the pages of the few people.
                hidden = []
        # In the order of the names, because the order of the numbers would reveal more.
        listed = {**dict(visible), **dict.fromkeys(sorted(hidden))}
        top = dict(counts.top)
        others = {
            place: people
            for place, people in counts.people_by_place.items()
            if place in counts.large and place not in top
        }
        is_complete = least == 1 and len(counts.top) < TOP
        return cls(rest, listed, others, 0 if is_complete else None)

    def first(self, limit: int) -> Self:
        """Return at most ``limit`` places; the people of the others are elsewhere."""
        rows = tuple(self.people_by_place.items())
        others = sum(people or 0 for _, people in rows[limit:])
        return replace(self, elsewhere=self.elsewhere + others, people_by_place=dict(rows[:limit]))

    def people_at(self, place: str) -> int | None:
        """Return the number of people at a place; None if it is hidden or unknown."""
        if place in self.people_by_place:
            return self.people_by_place[place]
        return self.others.get(place, self.missing)


def _least_rest(hidden: int, least: int) -> int:
    """Return how many people the visible numbers must leave, so that hidden numbers stay unknown.

    Each hidden place has at least one person. If this many are left, each can also have more: every
    number below ``least``, and two numbers at least.
    """
    return hidden - 1 + max(2, least - 1)


def public_people_at(counts: PlaceCounts, place: str, least: int) -> int | None:
    """Return the number of people at a place if the public may read it."""
    return ReadablePlaces.for_public(counts, least).people_at(place)
