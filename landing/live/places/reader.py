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
from math import inf
from threading import Lock

from ... import conf
from ...resilience import errors
from ...resilience.background_read import BackgroundRead, Patience
from ...resilience.outage import Outage
from ..presence.contract import Places, PresenceError, Snapshot
from .counts import TOP, PlaceCounts
from .privacy import Threshold

#: Places outside the top that a read asks for, those that somebody asked for last.
MAX_WANTED = 100

logger = logging.getLogger(__name__)


class CachedPlaces(ABC):
    """The newest people by place. Thread-safe. ``clock`` is monotonic, in seconds.

    Other reads of the same backend share their ``patience``.
    """

    def __init__(
        self,
        max_age_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        patience: Patience | None = None,
    ) -> None:
        self._outage = Outage(
            logger,
            "Reading places",
            "the last ones are shown as stale",
            clock,
            errors.redis.labels("read_places"),
        )
        self._max_age_seconds = max_age_seconds
        self._clock = clock
        self._reads: BackgroundRead[PlaceCounts] = BackgroundRead(
            PresenceError, self._outage, clock, patience
        )
        self._lock = Lock()
        self._threshold = Threshold()
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

    def latest(self) -> PlaceCounts | None:
        """Return the counts of the last read, however old, without a read; None without any."""
        return self._last

    def known(self) -> PlaceCounts | None:
        """Return the counts without a read; None if they would be too old."""
        is_young = self._clock() - self._read_at < self._max_age_seconds
        return self._last if is_young and self._last and self._is_newest(self._last) else None

    @abstractmethod
    def _read_counts(self) -> PlaceCounts | None:
        """Return the counts of the backend, in a thread. Raise PresenceError if it fails."""

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
        if not is_fresh:
            counts = self._last_good(counts)
        if counts is not None:
            self._last = counts if is_fresh else counts.as_stale()
            self._read_at = self._clock()

    def _last_good(self, counts: PlaceCounts | None) -> PlaceCounts | None:
        """Return the counts of the last read that succeeded; ``counts`` of those for requests."""
        return counts

    def _wanted_now(self) -> tuple[str, ...]:
        """Return the places that a read must ask for."""
        with self._lock:
            return tuple(self._wanted)

    def _judge(self, counts: PlaceCounts) -> PlaceCounts:
        """Return the counts with the numbers that are large enough for the public."""
        with self._lock:
            return self._threshold.apply(counts, conf.read().LANDING_MIN_PLACE_PEOPLE)


class PlaceReader(CachedPlaces):
    """The places of a backend whose calls block."""

    def _read_counts(self) -> PlaceCounts | None:
        wanted = self._wanted_now()
        places = self._read(TOP, wanted)
        if places is None:
            return None
        counts = self._judge(PlaceCounts.of(places, wanted))
        return counts if self._is_live(counts.snapshot) else counts.as_stale()

    @abstractmethod
    def _read(self, limit: int, wanted: Sequence[str]) -> Places | None:
        """Return the places of the backend, in a thread. Raise PresenceError if it fails."""

    def _is_live(self, snapshot: Snapshot) -> bool:
        """Return whether a snapshot that was read just now is not an old one."""
        return True
