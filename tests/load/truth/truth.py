"""The true counts, from the sockets of the clients, and the errors of the displayed counts.

Pure functions without server, clock, or sockets. All times are seconds of one monotonic clock.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

#: The longest delay that a screen may have.
SLACK_SECONDS = 1.0
#: A begin and an end.
Interval = tuple[float, float]


@dataclass(slots=True, eq=False)
class Held:
    """One socket on one process.

    A person who must reconnect holds the old socket until the reconnect is due.
    """

    visitor: bytes
    user: str | None
    process: int
    opened_at: float
    closed_at: float = math.inf
    #: the pages that the tab showed, each with the time from which on
    places: list[tuple[float, str]] = field(default_factory=list)


class Part(StrEnum):
    """The people that a timeline counts."""

    PEOPLE = "people"
    SIGNED_IN = "signed_in"


class StepFunction:
    """A count over time. ``steps`` has its changes, each at a time."""

    def __init__(self, steps: Mapping[float, int]) -> None:
        self._moments = sorted(steps)
        self._counts = [0]
        for moment in self._moments:
            self._counts.append(self._counts[-1] + steps[moment])

    def at(self, moment: float) -> int:
        return self._counts[bisect_right(self._moments, moment)]

    def during(self, first: float, last: float) -> set[int]:
        """Return every count that was true at some time from ``first`` to ``last``."""
        begin, end = bisect_right(self._moments, first), bisect_right(self._moments, last)
        return set(self._counts[begin : end + 1])


class Timeline(StepFunction):
    """The count of people with a socket within the last ``linger`` seconds, over time.

    A signed-in user is one person over all devices, and a browser with a signed-in
    tab is that user: people = users + browsers - browsers with a signed-in tab.
    """

    def __init__(
        self, helds: Iterable[Held], linger_seconds: float, part: Part = Part.PEOPLE
    ) -> None:
        intervals: defaultdict[tuple[int, str, bytes | str], list[Interval]]
        intervals = defaultdict(list)
        for held in helds:
            interval = (held.opened_at, held.closed_at + linger_seconds)
            for key in _keys(held, part):
                intervals[key].append(interval)
        steps: Counter[float] = Counter()
        for (weight, _, _), found in intervals.items():
            for begin, end in merged(found):
                steps[begin] += weight
                steps[end] -= weight
        super().__init__(steps)


def _keys(held: Held, part: Part) -> Iterator[tuple[int, str, bytes | str]]:
    """Yield the keys that a socket makes present, each with its contribution to the count."""
    if held.user is not None:
        yield 1, "user", held.user
    if part is Part.PEOPLE:
        yield 1, "visitor", held.visitor
        if held.user is not None:
            yield -1, "signed-in visitor", held.visitor


def merged(intervals: Iterable[Interval]) -> Iterator[Interval]:
    """Yield the union of the intervals as disjoint intervals."""
    (begin, end), *others = sorted(intervals)
    for next_begin, next_end in others:
        if next_begin > end:
            yield begin, end
            begin, end = next_begin, next_end
        end = max(end, next_end)
    yield begin, end


@dataclass(frozen=True, slots=True)
class Reading:
    """The count on the screen of one living process. ``people`` is None before the first.

    A screen that is not connected shows its last count until it has reconnected.
    """

    process: int
    people: int | None
    live: bool
    connected: bool = True


@dataclass(frozen=True, slots=True)
class Tick:
    """The readings of all living processes at one time."""

    at: float
    readings: Sequence[Reading]


@dataclass(frozen=True, slots=True)
class Deviation:
    """How many people a live count was wrong by. ``excess`` is negative if it was too low."""

    at: float
    excess: int
    #: share of the true count
    error: float
    connected: bool

    def describe(self, began_at: float) -> str:
        """Return when this was, and what a reader needs to find the cause."""
        if not self.excess:
            return "none"
        direction = "too many" if self.excess > 0 else "too few"
        state = "connected" if self.connected else "reconnecting"
        return f"{abs(self.excess)} people {direction} at {self.at - began_at:.1f} s, {state}"


def deviation(timeline: Timeline, at: float, reading: Reading) -> Deviation:
    """Return the smallest deviation of a count from the true counts of the last second."""
    people = reading.people or 0
    nearest = min(
        timeline.during(at - SLACK_SECONDS, at), key=lambda true: (abs(people - true), -true)
    )
    error = abs(people - nearest) / max(nearest, 1)
    return Deviation(at, people - nearest, error, reading.connected)


def largest_deviation(timeline: Timeline, ticks: Iterable[Tick]) -> Deviation | None:
    """Return the largest deviation of all live counts. A stale count claims nothing."""
    return max(
        (
            deviation(timeline, tick.at, reading)
            for tick in ticks
            for reading in tick.readings
            if reading.live and reading.people is not None
        ),
        key=lambda each: each.error,
        default=None,
    )


def largest_error(timeline: Timeline, ticks: Iterable[Tick]) -> float:
    """Return the largest error of all live counts, as a share of the true count."""
    worst = largest_deviation(timeline, ticks)
    return 0.0 if worst is None else worst.error


def is_exact(timeline: Timeline, tick: Tick) -> bool:
    """Return whether every living process shows the true count as live."""
    return bool(tick.readings) and all(
        reading.live
        and reading.people is not None
        and deviation(timeline, tick.at, reading).excess == 0
        for reading in tick.readings
    )


def exact_after(timeline: Timeline, ticks: Sequence[Tick], since: float) -> float | None:
    """Return seconds from ``since`` until all ticks are exact, or None if the last is not."""
    exact_from: float | None = None
    for tick in ticks:
        if tick.at < since:
            continue
        if not is_exact(timeline, tick):
            exact_from = None
        elif exact_from is None:
            exact_from = tick.at
    return None if exact_from is None else exact_from - since


def stale_seconds(ticks: Sequence[Tick], period_seconds: float) -> float:
    """Return for how many seconds at least one living process showed stale counts."""
    stale = sum(any(_is_stale(reading) for reading in tick.readings) for tick in ticks)
    return stale * period_seconds


def _is_stale(reading: Reading) -> bool:
    return reading.people is not None and not reading.live
