"""The content of a map frame: places, areas, and steps that add up to the people.

Pure. Rows that do not fit are left out, and their people are in ``other``, so that all of them
always add up to ``people``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ...dates import isoformat
from ..current_snapshot import Source, as_stale
from ..presence.contract import PlaceCount, Places, Snapshot, Step

#: Largest frame, in bytes of UTF-8.
MAX_BYTES = 4096
MAX_PLACES, MAX_AREAS, MAX_STEPS = 20, 10, 10
#: Bytes of the areas and of the steps. The places have all others.
AREA_BYTES, STEP_BYTES = 700, 1000
#: The time that the steps cover, in seconds.
WINDOW_SECONDS = 60
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Movements:
    """The steps of the last minute, or of the ``seconds`` since their recording began."""

    steps: tuple[Step, ...]
    seconds: int

    @classmethod
    def of(cls, places: Places) -> Movements | None:
        """Return the steps of a read; None if they are not recorded, because places are off."""
        if places.steps_since_ms is None:
            return None
        seconds = (places.snapshot.as_of_ms - places.steps_since_ms) // 1000
        return cls(places.steps, min(WINDOW_SECONDS, max(0, seconds)))

    def count_arrivals(self) -> Counter[str | None]:
        """Return how many people came to each place."""
        return _sum((each.target, each.people) for each in self.steps)

    def count_departures(self) -> Counter[str | None]:
        """Return how many people left each place."""
        return _sum((each.origin, each.people) for each in self.steps)

    def between_places(self) -> list[Step]:
        """Return the steps on the site, the most frequent first."""
        # A step from elsewhere to elsewhere is one at places that are not counted.
        return [
            each
            for each in self.steps
            if None not in (each.origin, each.target) and each.origin != each.target
        ]


@dataclass(frozen=True, slots=True)
class MapCounts:
    """The people by place, of one snapshot, and their steps."""

    snapshot: Snapshot
    elsewhere: int
    top: Sequence[PlaceCount]
    source: Source = Source.LIVE
    movements: Movements | None = None

    @classmethod
    def of(cls, places: Places) -> MapCounts:
        """Return the counts of a read that was made just now."""
        return cls(places.snapshot, places.elsewhere, places.top, movements=Movements.of(places))

    def as_stale(self) -> MapCounts:
        """Return the same places as the last real ones; the steps are over."""
        return MapCounts(as_stale(self.snapshot).snapshot, self.elsewhere, self.top, Source.STALE)


def area_of(place: str) -> str:
    """Return the first segment of a path, such as ``/blog``, or the type of a name."""
    if place.startswith("/"):
        return "/" + place[1:].partition("/")[0]
    type_, colon, _ = place.partition(":")
    return type_ + colon


def build(counts: MapCounts) -> dict[str, Any]:
    """Return the content of a frame, whose text has at most :data:`MAX_BYTES`."""
    snapshot, moves = counts.snapshot, counts.movements
    arrivals = moves.count_arrivals() if moves else None
    departures = moves.count_departures() if moves else None
    listed = snapshot.people - counts.elsewhere
    areas = [{"area": area, "people": people} for area, people in _count_areas(counts.top)]
    steps = [
        {"from": each.origin, "to": each.target, "people": each.people}
        for each in (moves.between_places() if moves else ())
    ]
    places = [
        {
            "place": place,
            "people": people,
            "arrivals": arrivals[place] if arrivals is not None else None,
            "departures": departures[place] if departures is not None else None,
        }
        for place, people in counts.top
    ]
    content: dict[str, Any] = {
        "people": snapshot.people,
        # None of the steps: an arrival on the site comes from outside, and a departure goes there.
        "arrivals": departures[None] if departures is not None else None,
        "departures": arrivals[None] if arrivals is not None else None,
        "seconds": moves.seconds if moves else None,
        "elsewhere": counts.elsewhere,
        "other": listed,
        "places": [],
        "other_areas": listed,
        "areas": _fit(areas, MAX_AREAS, AREA_BYTES),
        "steps": _fit(steps, MAX_STEPS, STEP_BYTES) if moves else None,
        "source": counts.source,
        "epoch": snapshot.epoch,
        "version": snapshot.version,
        "timestamp": isoformat(snapshot.as_of_ms),
    }
    content["other_areas"] -= sum(each["people"] for each in content["areas"])
    content["places"] = _fit(places, MAX_PLACES, MAX_BYTES - _size(dump(content)))
    # It can only become shorter.
    content["other"] -= sum(each["people"] for each in content["places"])
    return content


def dump(content: dict[str, Any]) -> str:
    """Return the text of the ``map`` frame."""
    return _dump({"type": "map", **content})


def _count_areas(top: Iterable[PlaceCount]) -> list[tuple[str, int]]:
    sums = _sum((area_of(each.place), each.people) for each in top)
    return sorted(sums.items(), key=lambda each: (-each[1], each[0]))


def _sum(pairs: Iterable[tuple[T, int]]) -> Counter[T]:
    sums: Counter[T] = Counter()
    for key, people in pairs:
        sums[key] += people
    return sums


def _fit(rows: Sequence[dict[str, Any]], most: int, max_bytes: int) -> list[dict[str, Any]]:
    """Return the first rows, up to the first one that does not fit."""
    fitting: list[dict[str, Any]] = []
    size = 0
    for row in rows[:most]:
        size += _size(_dump(row)) + 1  # the comma
        if size > max_bytes:
            break
        fitting.append(row)
    return fitting


def _dump(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def _size(text: str) -> int:
    return len(text.encode())
