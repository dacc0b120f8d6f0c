"""When the garbage collector looks: in calm moments, not amid a storm.

A socket of Daphne is about 100 objects in cycles, 30 KB, that only the collector frees,
and leaves 60 more of its handshake. Where the interpreter's thresholds are high
(``landing_site/process.py``) it would look late, and then just when most sockets come.
So it is asked to look once nothing much happens: memory comes back soon after people
leave, and a storm is not held up.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from ..registry import Registry

LOOK_SECONDS = 0.5
#: Fewer new objects than these are not worth a look: some 60 sockets.
WORTHWHILE_OBJECTS = 10_000
#: With more new objects than these since the last look it is not calm: some 100 sockets.
CALM_OBJECTS = 16_000
#: A calm moment is not waited for longer than 10 s.
PATIENCE_LOOKS = 20
#: Sockets that have ended, besides a quarter of those that are open, after which the old
#: objects are looked at, too. That takes some 0.4 s with 10,000 sockets.
ENDED_FOR_ALL = 500

#: The young generation, the young and the middle one, or all.
YOUNG, MIDDLE, ALL = 0, 1, 2


class GarbageScheduler:
    """``told_all``: whether the sockets have heard what there is to be told.

    ``clock`` is monotonic, in seconds; ``count_young`` and ``collect`` are the collector's.
    """

    def __init__(
        self,
        registry: Registry,
        told_all: Callable[[], bool],
        clock: Callable[[], float],
        count_young: Callable[[], int] = lambda: gc.get_count()[YOUNG],
        collect: Callable[[int], object] = gc.collect,
    ) -> None:
        self._registry = registry
        self._told_all = told_all
        self._clock = clock
        self._count_young = count_young
        self._collect = collect
        self._look_at = clock() + LOOK_SECONDS
        self._young = 0
        self._looks_waited = 0
        self._ended_at_last_all = 0

    def due_at(self) -> float:
        """When to look whether it is calm."""
        return self._look_at

    async def look(self) -> None:
        """Collect if that is worthwhile and holds up nobody."""
        self._look_at = self._clock() + LOOK_SECONDS
        before, self._young = self._young, self._count_young()
        # Fewer than before: the interpreter has collected by itself, and counts anew.
        new = self._young - before if self._young >= before else self._young
        if self._young < WORTHWHILE_OBJECTS:
            return
        self._looks_waited += 1
        is_calm = new <= CALM_OBJECTS and self._told_all()
        if is_calm or self._looks_waited >= PATIENCE_LOOKS:
            self._looks_waited = 0
            self._collect(self._generation())
            self._young = self._count_young()

    def _generation(self) -> int:
        ended = self._registry.ended - self._ended_at_last_all
        if ended < ENDED_FOR_ALL + len(self._registry) / 4:
            return MIDDLE
        self._ended_at_last_all = self._registry.ended
        return ALL
