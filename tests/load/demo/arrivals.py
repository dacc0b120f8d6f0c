"""When visits begin and how long they last, from the start of the demo on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import takewhile
from random import Random

from landing.analytics.demo import traffic
from landing.analytics.demo.traffic import Traffic
from landing.analytics.demo.visits import (
    MAX_STAY_SECONDS,
    count_visitors,
    draw_stay_seconds,
    mean_stay_seconds,
    start_of,
)
from tests.load.demo.stage import SEED, Past

Rate = Callable[[float], float]
DAYS = 30
#: The past of the demo takes about ten seconds to write.
MAX_VISITS = 36_000
#: No rate relative to the average is higher.
MOST = 3.0


class Arrivals:
    """Visits with ``people`` on the page on average. Times are in Unix seconds."""

    def __init__(self, people: float, rate: Rate, rng: Random) -> None:
        """``rate``: the traffic at a time, relative to the average."""
        self._per_second = people / mean_stay_seconds()
        self._rate = rate
        self._rng = rng

    def times(self, since: float) -> Iterator[float]:
        """Yield the times at which visits begin: a Poisson process that follows the rate."""
        at = since
        while True:
            at += self._rng.expovariate(MOST * self._per_second)
            # The process of the highest rate, thinned.
            if self._rng.random() * MOST < self._rate(at):
                yield at

    def present(self, now: float, people: int | None = None) -> list[float]:
        """Return when the people who are present leave, who came before ``now``.

        Without ``people``, their count is random, too.
        """
        if people is None:
            return self._draw_present(now)
        ends: list[float] = []
        while len(ends) < people:
            ends += self._draw_present(now)
        return self._rng.sample(ends, people)

    def _draw_present(self, now: float) -> list[float]:
        came = takewhile(lambda at: at < now, self.times(now - MAX_STAY_SECONDS))
        ends = (at + draw_stay_seconds(self._rng) for at in came)
        return [end for end in ends if end > now]


def plan_past(people: float, now: datetime, days: int = DAYS) -> Past:
    """Return a past with ``people`` on the page on average at its end.

    It is shorter than ``days`` if it would have too many visits.
    """
    per_second = people / mean_stay_seconds()
    mean_trend = (1 + traffic.GROWTH) / 2
    days = max(1, min(days, int(MAX_VISITS / (86_400 * per_second * mean_trend))))
    since = start_of(days, now)
    period = traffic.Arrivals(Traffic(since, now, Random(SEED)), since, now)
    return Past(days, count_visitors(period.seconds * per_second, since, now))


def follow_past(past: Past, now: datetime) -> Rate:
    """Return the rate that continues what ``seed_analytics`` wrote."""
    return Traffic(start_of(past.days, now), now, Random(SEED)).rate
