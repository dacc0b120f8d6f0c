"""Choose values at random, by their weights."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from random import Random
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Choices(NamedTuple, Generic[T]):
    """Values with their cumulative weights."""

    values: tuple[T, ...]
    cumulative: list[float]

    @classmethod
    def from_weights(cls, weights: dict[T, float]) -> Choices[T]:
        """Create choices from a weight per value."""
        return cls(tuple(weights), list(accumulate(weights.values())))

    def choose(self, rng: Random) -> T:
        """Return a random value."""
        return self.at(rng.random())

    def at(self, share: float) -> T:
        """Return the value at a share of all, from 0 up to 1."""
        return self.values[bisect(self.cumulative, share * self.cumulative[-1])]
