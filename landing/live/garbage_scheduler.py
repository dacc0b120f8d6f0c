"""When the garbage collector runs: in quiet moments, not during a storm of connections.

A connection of Daphne consists of about 100 objects in cycles, 30 KB, which only the
collector frees; its handshake leaves 60 more. With high thresholds
(``landing_site/startup/process_tuning.py``) the interpreter would collect late, and just when most
connections arrive. Collecting in quiet moments returns memory soon after people leave and
does not delay a storm.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from .registry import Registry

CHECK_SECONDS = 0.5
#: Fewer new objects than these, about 60 connections, are not worth a collection.
MIN_OBJECTS = 10_000
#: More new objects since the last check, about 100 connections, mean a storm.
MAX_QUIET_OBJECTS = 16_000
#: After this many checks (10 s) a collection runs even during a storm.
MAX_POSTPONED_CHECKS = 20
#: Closed connections, besides a quarter of the open ones, after which all generations are
#: collected. That takes about 0.4 s with 10,000 connections.
CLOSED_FOR_FULL = 500

#: Generations: the young one, the young and the middle one, or all.
YOUNG, MIDDLE, ALL = 0, 1, 2


class GarbageScheduler:
    """Collects when it is worthwhile and delays nobody.

    ``is_idle`` returns whether connections know everything that is due. ``clock`` is
    monotonic, in seconds. ``count_young`` and ``collect`` are the interpreter's.
    """

    def __init__(
        self,
        registry: Registry,
        is_idle: Callable[[], bool],
        clock: Callable[[], float],
        count_young: Callable[[], int] = lambda: gc.get_count()[YOUNG],
        collect: Callable[[int], object] = gc.collect,
    ) -> None:
        self._registry = registry
        self._is_idle = is_idle
        self._clock = clock
        self._count_young = count_young
        self._collect = collect
        self._check_at = clock() + CHECK_SECONDS
        self._young = 0
        self._postponed_checks = 0
        self._closed_at_last_full = 0

    def due_at(self) -> float:
        """Return when the next check is due."""
        return self._check_at

    async def check(self) -> None:
        """Collect if enough objects wait and the moment is quiet."""
        self._check_at = self._clock() + CHECK_SECONDS
        before, self._young = self._young, self._count_young()
        # A lower count means that the interpreter has collected by itself.
        new = self._young - before if self._young >= before else self._young
        if self._young < MIN_OBJECTS:
            return
        self._postponed_checks += 1
        is_quiet = new <= MAX_QUIET_OBJECTS and self._is_idle()
        if is_quiet or self._postponed_checks >= MAX_POSTPONED_CHECKS:
            self._postponed_checks = 0
            self._collect(self._generation())
            self._young = self._count_young()

    def _generation(self) -> int:
        closed = self._registry.closed - self._closed_at_last_full
        if closed < CLOSED_FOR_FULL + len(self._registry) / 4:
            return MIDDLE
        self._closed_at_last_full = self._registry.closed
        return ALL
