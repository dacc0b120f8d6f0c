"""Compute the delays between retries."""

from __future__ import annotations

from collections.abc import Callable

FIRST_SECONDS = 0.1
#: Short enough to notice a recovery within one heartbeat and a second.
MAX_SECONDS = 0.5


class Backoff:
    """Exponential backoff with equal jitter, for a dependency that fails.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    def __init__(self, uniform: Callable[[float, float], float]) -> None:
        self._uniform = uniform
        self._failures = 0

    def next_seconds(self) -> float:
        """Return the delay after one more failure, in seconds."""
        ceiling = min(MAX_SECONDS, FIRST_SECONDS * 2**self._failures)
        self._failures = min(self._failures + 1, 16)
        return self._uniform(ceiling / 2, ceiling)

    def reset(self) -> None:
        """Start again with the shortest delay."""
        self._failures = 0
