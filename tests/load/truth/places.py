"""The true people of each place, and the errors of the numbers that the API returns.

Pure functions without server, clock, or sockets, like those of :mod:`tests.load.truth.truth`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.load.truth.truth import SLACK_SECONDS, Held, Interval, StepFunction, Timeline, merged

#: The place of people on a page without a name.
ELSEWHERE = ""
_NOBODY = StepFunction({})


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """One response of the places API, or one frame. ``elsewhere`` is that of the response.

    A number of ``places`` is None if it is hidden, and ``people`` before the first snapshot.
    """

    process: int
    asked_at: float
    read_at: float
    is_staff: bool
    people: int | None
    elsewhere: int
    places: Mapping[str, int | None]
    is_live: bool = True

    @property
    def surplus(self) -> int:
        """Return how many people more the places have than the total. 0 is correct."""
        if self.people is None:
            return 0
        return sum(people or 0 for people in self.places.values()) + self.elsewhere - self.people


@dataclass(frozen=True, slots=True)
class PlaceDeviation:
    """How many people the number of a place was wrong by; negative if it was too low."""

    at: float
    place: str
    excess: int
    #: share of all people
    error: float

    def describe(self, began_at: float) -> str:
        """Return where and when this was."""
        if not self.excess:
            return "none"
        direction = "too many" if self.excess > 0 else "too few"
        place = self.place or "elsewhere"
        return f"{abs(self.excess)} people {direction} at {place} at {self.at - began_at:.1f} s"


class PlaceTimelines:
    """The people of each place over time. All places and elsewhere add up to the people.

    A person is at the page that was opened last in one of the person's tabs, and stays there for
    the grace period.
    """

    def __init__(self, helds: Sequence[Held], linger_seconds: float) -> None:
        self.people = Timeline(helds, linger_seconds)
        present: defaultdict[bytes | str, list[Interval]] = defaultdict(list)
        marked: defaultdict[bytes | str, list[Interval]] = defaultdict(list)
        pages: defaultdict[bytes | str, list[tuple[float, str]]] = defaultdict(list)
        for held in helds:
            interval = (held.opened_at, held.closed_at + linger_seconds)
            keys = [held.visitor] if held.user is None else [held.visitor, held.user]
            for key in keys:
                present[key].append(interval)
                pages[key] += held.places or [(held.opened_at, ELSEWHERE)]
            if held.user is not None:
                marked[held.visitor].append(interval)
        steps: defaultdict[str, Counter[float]] = defaultdict(Counter)
        for key, intervals in present.items():
            # A browser with a signed-in tab counts as its user.
            counted = _without(merged(intervals), marked.get(key, ()))
            for place, begin, end in _stays(sorted(pages[key]), counted):
                steps[place][begin] += 1
                steps[place][end] -= 1
        self._by_place = {place: StepFunction(found) for place, found in steps.items()}

    def at(self, moment: float) -> dict[str, int]:
        """Return the people of each place that has some."""
        found = {place: each.at(moment) for place, each in self._by_place.items()}
        return {place: people for place, people in found.items() if people}

    def deviations(self, reading: PlaceReading) -> Iterator[PlaceDeviation]:
        """Yield the smallest deviation of each number from the true ones of the last second."""
        first, last = reading.asked_at - SLACK_SECONDS, reading.read_at
        people = max(self.people.at(last), 1)
        for place, shown in self._shown(reading).items():
            true = self._by_place.get(place, _NOBODY).during(first, last)
            excess = min((shown - each for each in true), key=abs)
            yield PlaceDeviation(reading.asked_at, place, excess, abs(excess) / people)

    def _shown(self, reading: PlaceReading) -> dict[str, int]:
        """Return the numbers that the response claims, also those of places that it leaves out."""
        visible = {place: n for place, n in reading.places.items() if n is not None}
        if not reading.is_staff:
            return visible
        return {**dict.fromkeys(self._by_place, 0), **visible, ELSEWHERE: reading.elsewhere}


def largest_deviation(
    truth: PlaceTimelines, readings: Iterable[PlaceReading]
) -> PlaceDeviation | None:
    """Return the largest deviation of all live numbers; None without one."""
    return max(
        (each for reading in _live(readings) for each in truth.deviations(reading)),
        key=lambda each: each.error,
        default=None,
    )


def is_exact(truth: PlaceTimelines, reading: PlaceReading) -> bool:
    """Return whether the response is live, and has the true people of every place."""
    return (
        reading.people is not None
        and reading.is_live
        and all(each.excess == 0 for each in truth.deviations(reading))
    )


def exact_after(
    truth: PlaceTimelines, readings: Iterable[PlaceReading], since: float
) -> float | None:
    """Return seconds from ``since`` until all responses are exact, or None if the last is not."""
    exact_from: float | None = None
    for reading in readings:
        if reading.asked_at < since:
            continue
        if not is_exact(truth, reading):
            exact_from = None
        elif exact_from is None:
            exact_from = reading.asked_at
    return None if exact_from is None else exact_from - since


def wrong_sums(readings: Iterable[PlaceReading]) -> int:
    """Return how many responses have places that do not add up to their people."""
    return sum(reading.surplus != 0 for reading in readings)


def revealing(readings: Iterable[PlaceReading], least: int) -> int:
    """Return how many responses show the public a number below ``least``."""
    return sum(
        any(people is not None and people < least for people in reading.places.values())
        for reading in readings
        if not reading.is_staff
    )


def _live(readings: Iterable[PlaceReading]) -> Iterator[PlaceReading]:
    return (each for each in readings if each.is_live and each.people is not None)


def _without(present: Iterable[Interval], removed: Sequence[Interval]) -> Iterator[Interval]:
    """Yield the parts of disjoint intervals that are in none of the removed ones."""
    cuts = list(merged(removed)) if removed else []
    for begin, end in present:
        for cut_begin, cut_end in cuts:
            if cut_end <= begin or cut_begin >= end:
                continue
            if cut_begin > begin:
                yield begin, cut_begin
            begin = cut_end
        if begin < end:
            yield begin, end


def _stays(
    pages: Sequence[tuple[float, str]], intervals: Iterable[Interval]
) -> Iterator[tuple[str, float, float]]:
    """Yield the pages of one visitor or user during the intervals, each with its begin and end."""
    times = [at for at, _ in pages]
    for begin, end in intervals:
        first = bisect_right(times, begin) - 1
        for number in range(first, len(pages)):
            since = max(begin, times[number])
            until = min(end, times[number + 1]) if number + 1 < len(pages) else end
            if since >= end:
                break
            if since < until:
                yield pages[number][1], since, until
