"""A table of numbers, a clock, and settings for tests of the write buffer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import DataError, OperationalError

from landing.analytics.write_buffer.buffer import WriteBuffer
from landing.conf import LandingSettings

SMALL = LandingSettings(
    LANDING_ANALYTICS_BATCH_ROWS=3,
    LANDING_ANALYTICS_BATCH_SECONDS=1,
    LANDING_ANALYTICS_BUFFER_ROWS=10,
)
#: For threads that write without waiting for more rows.
QUICK = LandingSettings(
    LANDING_ANALYTICS_BATCH_ROWS=3,
    LANDING_ANALYTICS_BATCH_SECONDS=0.001,
    LANDING_ANALYTICS_BUFFER_ROWS=1000,
)


class Table:
    """A table of numbers that may fail, or refuse some of them."""

    def __init__(self) -> None:
        #: Called first with each batch.
        self.before: Callable[[Sequence[int]], None] = lambda rows: None
        self.rows: list[int] = []
        self.batches: list[int] = []
        self.is_failing = False
        self.refused: set[int] = set()

    def store(self, rows: Sequence[int]) -> int:
        self.before(rows)
        self.batches.append(len(rows))
        if self.is_failing:
            raise OperationalError("the server is gone")
        if self.refused.intersection(rows):
            raise DataError("that does not fit")
        self.rows += rows
        return len(rows)


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def at_once(low: float, high: float) -> float:
    return 0


def in_background(
    store: Callable[[Sequence[int]], None],
    settings: LandingSettings = QUICK,
    uniform: Callable[[float, float], float] = at_once,
) -> WriteBuffer[int]:
    return WriteBuffer(store, read_settings=lambda: settings, uniform=uniform)
