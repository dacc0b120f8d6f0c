"""Whether a series of samples levels off. Pure functions without a clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

#: The series is reduced to the medians of this many equal parts of its time.
PARTS = 24
#: A line rises for certain if its rise is this many times its standard error.
CERTAIN = 3.0
SECONDS_PER_HOUR = 3600.0

#: A sample: seconds, and the value at that time.
Sample = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Trend:
    """The course of a series. ``first``, ``last``, and ``highest`` are medians of parts."""

    first: float
    last: float
    highest: float
    #: slope of the line through all parts
    per_hour: float
    #: rise of the line through the second half of the parts, over their time
    recent_rise: float
    #: standard error of that rise
    recent_error: float

    @property
    def growth(self) -> float:
        """Return by which share of the first part the highest is higher."""
        if self.highest == self.first:
            return 0.0
        return self.highest / self.first - 1 if self.first else math.inf

    def levels_off(self, tolerance: float) -> bool:
        """Return whether the second half rises by at most ``tolerance``, or not for certain.

        A step, noise, and a sawtooth with several teeth level off. A steady rise does not.
        """
        return self.recent_rise <= max(tolerance, CERTAIN * self.recent_error)


def trend(samples: Sequence[Sample]) -> Trend:
    """Return the trend of a series of at least one sample."""
    parts = medians(samples)
    recent = parts[len(parts) // 2 :]
    slope, _ = _fit(parts)
    recent_slope, error = _fit(recent)
    seconds = recent[-1][0] - recent[0][0]
    values = [value for _, value in parts]
    return Trend(
        first=values[0],
        last=values[-1],
        highest=max(values),
        per_hour=slope * SECONDS_PER_HOUR,
        recent_rise=recent_slope * seconds,
        recent_error=error * seconds,
    )


def medians(samples: Sequence[Sample], parts: int = PARTS) -> list[Sample]:
    """Return the median time and value of each part of the time that has samples."""
    begin, end = samples[0][0], samples[-1][0]
    length = (end - begin) / parts or 1.0
    found: dict[int, list[Sample]] = {}
    for sample in samples:
        found.setdefault(min(int((sample[0] - begin) / length), parts - 1), []).append(sample)
    return [
        (median(at for at, _ in part), median(value for _, value in part))
        for _, part in sorted(found.items())
    ]


def _fit(points: Sequence[Sample]) -> tuple[float, float]:
    """Return the slope of the line of least squares, and its standard error."""
    mean_at, mean = fmean(at for at, _ in points), fmean(value for _, value in points)
    spread = sum((at - mean_at) ** 2 for at, _ in points)
    if not spread:
        return 0.0, 0.0
    slope = sum((at - mean_at) * (value - mean) for at, value in points) / spread
    if len(points) < 3:
        return slope, 0.0
    left = sum((value - mean - slope * (at - mean_at)) ** 2 for at, value in points)
    return slope, math.sqrt(left / (len(points) - 2) / spread)
