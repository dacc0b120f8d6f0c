"""Delays between retries."""

from __future__ import annotations

from collections.abc import Callable

_BACKOFF_FIRST_SECONDS = 0.1


#: Small enough that a backend that is back is heard of within a heartbeat plus 1 s.
_BACKOFF_MAX_SECONDS = 0.5


class Backoff:
    """Exponential with equal jitter, for a backend that does not answer.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    def __init__(self, uniform: Callable[[float, float], float]) -> None:
        self._uniform = uniform
        self._failures = 0

    def next_seconds(self) -> float:
        ceiling = min(_BACKOFF_MAX_SECONDS, _BACKOFF_FIRST_SECONDS * 2**self._failures)
        self._failures = min(self._failures + 1, 16)
        return self._uniform(ceiling / 2, ceiling)

    def reset(self) -> None:
        self._failures = 0
