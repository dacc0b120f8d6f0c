"""The people by place, as one read of the backend returned them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from ..current_snapshot import Source, as_stale
from ..presence.contract import PlaceCount, Places, Snapshot

#: Places that a read returns, those with the most people.
TOP = 100


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """The people by place, with their source. All numbers are of one snapshot."""

    snapshot: Snapshot
    elsewhere: int
    top: tuple[PlaceCount, ...]
    #: those in ``top``, and those that the read asked for
    people_by_place: Mapping[str, int]
    source: Source = Source.LIVE
    #: the places whose number is large enough for the public
    large: frozenset[str] = frozenset()

    @classmethod
    def of(cls, places: Places, wanted: Sequence[str]) -> Self:
        """Return the counts of a read that asked for the ``wanted`` places, too."""
        people_by_place = {**dict(zip(wanted, places.wanted, strict=True)), **dict(places.top)}
        return cls(places.snapshot, places.elsewhere, places.top, people_by_place)

    def people_at(self, place: str) -> int | None:
        """Return the people at a place; None if the read did not ask for it."""
        if place in self.people_by_place:
            return self.people_by_place[place]
        # A shorter list has every place that has people.
        return 0 if len(self.top) < TOP else None

    def as_stale(self) -> PlaceCounts:
        """Return the same counts as the last real ones."""
        return replace(self, snapshot=as_stale(self.snapshot).snapshot, source=Source.STALE)
