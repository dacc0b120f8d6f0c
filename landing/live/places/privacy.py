"""Which numbers of places the public may read.

A number below ``LANDING_MIN_PLACE_PEOPLE`` could reveal the page of one person, so it is null.
These people are part of ``elsewhere``, and the sum of all numbers remains the number of people. If
that sum would still give a hidden number away, the smallest visible one is hidden, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from .counts import TOP, PlaceCounts


@dataclass(frozen=True, slots=True)
class ReadablePlaces:
    """The places that somebody may read, those with a number first; None is a hidden number."""

    elsewhere: int
    people_by_place: Mapping[str, int | None]

    @classmethod
    def for_staff(cls, counts: PlaceCounts) -> Self:
        """Return every number."""
        return cls(counts.elsewhere, dict(counts.top))

    @classmethod
    def for_public(cls, counts: PlaceCounts, least: int) -> Self:
        """Return the numbers from ``least`` on that give no smaller one away."""
        visible = [each for each in counts.top if each.people >= least]
        hidden = [each.place for each in counts.top if each.people < least]
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
        return cls(rest, {**dict(visible), **dict.fromkeys(sorted(hidden))})


def _least_rest(hidden: int, least: int) -> int:
    """Return how many people the visible numbers must leave, so that hidden numbers stay unknown.

    Each hidden place has at least one person. If this many are left, each can also have more: every
    number below ``least``, and two numbers at least.
    """
    return hidden - 1 + max(2, least - 1)


def public_people_at(counts: PlaceCounts, place: str, least: int) -> int | None:
    """Return the number of people at a place if the public may read it."""
    readable = ReadablePlaces.for_public(counts, least).people_by_place
    people = readable.get(place, counts.people_at(place))
    return people if people is not None and people >= least else None
