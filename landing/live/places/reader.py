"""Read the people by place, for requests and scripts.

Nothing is read until somebody asks. Then at most one read runs at a time, and its result serves
everybody for one broadcast interval, so that the cost is bounded however many ask.
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from math import inf
from threading import Lock

from ...resilience import errors
from ...resilience.background_read import BackgroundRead
from ...resilience.outage import Outage
from ..current_snapshot import CurrentSnapshot
from ..presence.contract import Places, PresenceBackend, PresenceError, Snapshot
from .counts import TOP, PlaceCounts

#: Places outside the top that a read asks for, those that somebody asked for last.
MAX_WANTED = 100
#: The backend's own timeout is shorter. This one ends the wait for a loop that has stopped.
LOOP_SECONDS = 70.0

logger = logging.getLogger(__name__)


class PlaceReader(ABC):
    """The newest people by place. Thread-safe. ``clock`` is monotonic, in seconds."""

    def __init__(self, max_age_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        outage = Outage(
            logger,
            "Reading places",
            "the last ones are shown as stale",
            clock,
            errors.redis.labels("read_places"),
        )
        self._max_age_seconds = max_age_seconds
        self._clock = clock
        self._reads: BackgroundRead[PlaceCounts] = BackgroundRead(PresenceError, outage, clock)
        self._lock = Lock()
        self._wanted: OrderedDict[str, None] = OrderedDict()
        self._last: PlaceCounts | None = None
        self._read_at = -inf

    def get(self, place: str = "") -> PlaceCounts | None:
        """Return the counts, with those of this place; None before the first ones.

        Waits for the backend, but never long. Call it outside the event loop.
        """
        known = self.known()
        if known is not None and self._knows(known, place):
            return known
        # The first read may have begun before this place was wanted.
        for _ in range(2):
            if self._last is not None and not self._knows(self._last, place):
                self._want(place)
            self._read_once()
            if self._last is None or self._knows(self._last, place):
                break
        return self._last

    async def fetch(self, place: str = "") -> PlaceCounts | None:
        """Return :meth:`get` without blocking the event loop."""
        known = self.known()
        if known is not None and self._knows(known, place):
            return known
        return await asyncio.to_thread(self.get, place)

    def known(self) -> PlaceCounts | None:
        """Return the counts without a read; None if they would be too old."""
        is_young = self._clock() - self._read_at < self._max_age_seconds
        return self._last if is_young and self._last and self._is_newest(self._last) else None

    @abstractmethod
    def _read(self, limit: int, wanted: Sequence[str]) -> Places | None:
        """Return the places of the backend, in a thread. Raise PresenceError if it fails."""

    def _is_live(self, snapshot: Snapshot) -> bool:
        """Return whether a snapshot that was read just now is not an old one."""
        return True

    def _is_newest(self, counts: PlaceCounts) -> bool:
        """Return whether no newer snapshot is known."""
        return True

    def _knows(self, counts: PlaceCounts, place: str) -> bool:
        return place == "" or counts.people_at(place) is not None

    def _want(self, place: str) -> None:
        """Let the next reads ask for a place outside the top."""
        with self._lock:
            self._wanted[place] = None
            self._wanted.move_to_end(place)
            if len(self._wanted) > MAX_WANTED:
                self._wanted.popitem(last=False)

    def _read_once(self) -> None:
        counts, is_fresh = self._reads.get(self._read_counts)
        if counts is not None:
            self._last = counts if is_fresh else counts.as_stale()
            self._read_at = self._clock()

    def _read_counts(self) -> PlaceCounts | None:
        with self._lock:
            wanted = tuple(self._wanted)
        places = self._read(TOP, wanted)
        if places is None:
            return None
        counts = PlaceCounts.of(places, wanted)
        return counts if self._is_live(counts.snapshot) else counts.as_stale()


class WorkerPlaces(PlaceReader):
    """The places that a worker reads over the connections of its backend.

    ``receive_snapshot`` receives the snapshot of each read, so that no screen shows an older one.
    """

    #: The event loop of the backend; None before the worker starts.
    loop: asyncio.AbstractEventLoop | None = None

    def __init__(
        self,
        backend: PresenceBackend,
        current: CurrentSnapshot,
        receive_snapshot: Callable[[str, Snapshot], None],
        max_age_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(max_age_seconds, clock)
        self._backend = backend
        self._current = current
        self._receive_snapshot = receive_snapshot

    def _is_newest(self, counts: PlaceCounts) -> bool:
        newest, read = self._current.snapshot, counts.snapshot
        return newest is None or (newest.epoch == read.epoch and newest.version <= read.version)

    def _read(self, limit: int, wanted: Sequence[str]) -> Places | None:
        if self.loop is None or self.loop.is_closed():
            raise PresenceError("The worker does not run.")
        reading = asyncio.run_coroutine_threadsafe(self._read_in_loop(limit, wanted), self.loop)
        try:
            return reading.result(LOOP_SECONDS)
        except (TimeoutError, CancelledError) as error:
            reading.cancel()
            raise PresenceError("The worker has stopped.") from error

    async def _read_in_loop(self, limit: int, wanted: Sequence[str]) -> Places | None:
        places = await self._backend.places(limit, wanted)
        if places is not None:
            self._receive_snapshot(places.snapshot.epoch, places.snapshot)
        return places
