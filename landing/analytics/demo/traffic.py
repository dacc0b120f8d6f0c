"""How many visits begin at a time: a smooth rate with a daily and a weekly rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import accumulate
from math import ceil, exp, pi, sin
from random import Random
from statistics import fmean

from django.utils import timezone

#: Relative traffic at each hour from midnight, and on each weekday from Monday.
HOURS = (
    *(22, 17, 14, 13, 13, 16, 23, 35, 50, 64, 74, 79),
    *(79, 78, 81, 83, 80, 73, 69, 71, 73, 64, 48, 33),
)
WEEKDAYS = (1.0, 1.06, 1.08, 1.06, 0.92, 0.5, 0.56)
#: Traffic at the start of the period relative to its end.
GROWTH = 0.5
#: Slow waves on top of the rhythm: their periods in hours, and the share by which each changes it.
WAVES = ((2.3, 0.03), (7.7, 0.04), (31.0, 0.05), (103.0, 0.05), (233.0, 0.05))
#: Between two nodes of this distance, the rate is interpolated.
NODE_SECONDS = 1800


class Traffic:
    """The rate of visits over a period and after it; 1 on average at its end."""

    def __init__(self, since: datetime, now: datetime, rng: Random) -> None:
        """Draw the slow waves from ``rng``; the same state gives the same waves."""
        self._since, self._now = since.timestamp(), now.timestamp()
        self._zone = timezone.get_default_timezone()
        self._waves = [
            (2 * pi / (3600 * hours), share, 2 * pi * rng.random()) for hours, share in WAVES
        ]

    def rate(self, at: float) -> float:
        """Return the relative rate at a Unix time."""
        local = datetime.fromtimestamp(at, self._zone)
        hour = local.hour + local.minute / 60 + local.second / 3600
        # The traffic of a weekday is that of its noon, so that it does not jump at midnight.
        day = local.weekday() + hour / 24 - 0.5
        wave = sum(share * sin(pace * at + phase) for pace, share, phase in self._waves)
        elapsed = min((at - self._since) / (self._now - self._since), 1)
        trend = GROWTH + (1 - GROWTH) * elapsed
        return _interpolate(HOURS, hour) * _interpolate(WEEKDAYS, day) * exp(wave) * trend


class Arrivals:
    """Draws the times at which visits begin within a period.

    The times are those of a Poisson process whose rate follows the traffic, and whose count is
    known. Between nodes the rate is linear, so it has no steps.
    """

    def __init__(self, traffic: Traffic, since: datetime, now: datetime) -> None:
        self._first, self._last = int(since.timestamp()), int(now.timestamp())
        parts = max(1, ceil((self._last - self._first) / NODE_SECONDS))
        self._width = (self._last - self._first) / parts
        self._nodes = [self._first + self._width * part for part in range(parts + 1)]
        weights = [traffic.rate(node) for node in self._nodes]
        # The first and the last node have one neighbor each.
        weights[0] /= 2
        weights[-1] /= 2
        self._cumulative = list(accumulate(weights))

    @property
    def seconds(self) -> float:
        """Return the integral of the rate: how long the period is at the average rate."""
        return self._width * self._cumulative[-1]

    def draw(self, count: int, rng: Random) -> list[int]:
        """Return sorted times in Unix seconds."""
        nodes = rng.choices(self._nodes, cum_weights=self._cumulative, k=count)
        return sorted(self._draw_around(node, rng) for node in nodes)

    def _draw_around(self, node: float, rng: Random) -> int:
        """Return a time whose probability falls linearly to zero at the neighbors of a node."""
        at = node + self._width * (rng.random() - rng.random())
        if at < self._first:
            at = 2 * self._first - at
        if at > self._last:
            at = 2 * self._last - at
        return min(int(at), self._last - 1)


def _interpolate(table: Sequence[float], position: float) -> float:
    """Return a value of the repeated table, relative to its mean, on a smooth curve.

    The curve is a uniform cubic B-spline: it has no corners, and keeps the mean.
    """
    index, rest = divmod(position, 1)
    here, size = int(index), len(table)
    total = (
        (1 - rest) ** 3 * table[(here - 1) % size]
        + (3 * rest**3 - 6 * rest**2 + 4) * table[here % size]
        + (-3 * rest**3 + 3 * rest**2 + 3 * rest + 1) * table[(here + 1) % size]
        + rest**3 * table[(here + 2) % size]
    )
    return total / (6 * _mean(table))


_mean = lru_cache(fmean)
