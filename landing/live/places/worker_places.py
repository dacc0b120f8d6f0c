"""The people by place as a worker knows them.

While connections show places, the worker reads them again after each change, at most once per
broadcast interval. Otherwise nothing is read until somebody asks. Time alone causes no read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import CancelledError
from itertools import chain, islice
from math import inf

from ... import conf
from ..current_snapshot import CurrentSnapshot, Source
from ..presence.contract import Places, PresenceBackend, PresenceError, Snapshot
from .counts import TOP, PlaceCounts
from .reader import CachedPlaces
from .subscribers import Subscribers

#: The backend's own timeout is shorter. This one ends the wait for a loop that has stopped.
LOOP_SECONDS = 70.0
#: Pause after a read that failed, or that returned nothing because the epoch settles.
PAUSE_SECONDS = 1.0
#: Places outside the top that one read asks for because connections show them. With more, each
#: read asks for others.
MAX_SHOWN = 1000


class WorkerPlaces(CachedPlaces):
    """The places that a worker reads over the connections of its backend.

    ``interval_seconds`` returns the least time between two reads for connections. :attr:`changed`
    is set when :meth:`due_at` may move.
    """

    #: The event loop of the backend; None before the worker starts.
    loop: asyncio.AbstractEventLoop | None = None

    def __init__(
        self,
        backend: PresenceBackend,
        current: CurrentSnapshot,
        subscribers: Subscribers,
        max_age_seconds: float,
        interval_seconds: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        super().__init__(max_age_seconds, clock)
        self.changed = asyncio.Event()
        #: receives the snapshot of each read, so that no screen shows an older one
        self.receive_snapshot: Callable[[str, Snapshot], None] = lambda epoch, snapshot: None
        #: called after each read
        self.on_read: Callable[[], None] = lambda: None
        #: the counts of the last read, and how many reads there were
        self.newest: PlaceCounts | None = None
        self.revision = 0
        self._backend = backend
        self._current = current
        self._subscribers = subscribers
        self._interval_seconds = interval_seconds
        self._is_incomplete = self._is_wanted = self._has_failed = False
        self._refreshed_at = self._paused_until = -inf
        self._rotation = 0

    def latest(self) -> PlaceCounts | None:
        """Return the counts of the last read; plan a read if they are outdated. For the loop."""
        if self.newest is not None and not self._is_outdated:
            return self.newest
        self._is_wanted = True
        if self.loop is None:
            self.changed.set()
        elif not self.loop.is_closed():
            # The loop that renders a page may be another one, in a thread.
            self.loop.call_soon_threadsafe(self.changed.set)
        return self.known() or (self.newest and self.newest.as_stale())

    def note_unknown(self) -> None:
        """Note that connections show a place that the last read did not contain."""
        self._is_incomplete = True
        self.wake()

    def wake(self) -> None:
        """Check whether a read is due, if anybody needs one."""
        if self._subscribers.need_places:
            self.changed.set()

    def due_at(self) -> float:
        """Return when the next read for connections is due; never while nothing has changed."""
        is_needed = self._is_wanted or self._subscribers.need_places
        sourced = self._current.sourced() if is_needed else None
        # During an outage, a read would fail. Its end makes the counts live again.
        if sourced is None or sourced.source is not Source.LIVE or not self._is_outdated:
            return inf
        return max(self._refreshed_at + self._interval_seconds(), self._paused_until)

    async def refresh(self) -> None:
        """Read the places for connections."""
        self._is_wanted, self._refreshed_at = False, self._clock()
        try:
            await self._read_in_loop()
        except PresenceError as error:
            self._outage.record_failure(error)
        else:
            self._outage.record_success()
        if self._has_failed:
            self._paused_until = self._clock() + PAUSE_SECONDS

    @property
    def _is_outdated(self) -> bool:
        newest = self.newest
        if newest is None or self._is_incomplete or self._has_failed:
            return True
        known = self._current.snapshot
        return known is not None and (
            (known.epoch, known.version) != (newest.snapshot.epoch, newest.snapshot.version)
        )

    def _is_newest(self, counts: PlaceCounts) -> bool:
        newest, read = self._current.snapshot, counts.snapshot
        return newest is None or (newest.epoch == read.epoch and newest.version <= read.version)

    def _last_good(self, counts: PlaceCounts | None) -> PlaceCounts | None:
        return self.newest  # of the reads for connections, too

    def _read_counts(self) -> PlaceCounts | None:
        if self.loop is None or self.loop.is_closed():
            raise PresenceError("The worker does not run.")
        reading = asyncio.run_coroutine_threadsafe(self._read_in_loop(), self.loop)
        try:
            return reading.result(LOOP_SECONDS)
        except (TimeoutError, CancelledError) as error:
            reading.cancel()
            raise PresenceError("The worker has stopped.") from error

    async def _read_in_loop(self) -> PlaceCounts | None:
        wanted = tuple(dict.fromkeys(chain(self._wanted_now(), self._shown())))
        self._is_incomplete, self._has_failed = False, True
        places = await self._read_backend(wanted)
        if places is None:
            return None
        self._has_failed = False
        self.receive_snapshot(places.snapshot.epoch, places.snapshot)
        counts = self._judge(PlaceCounts.of(places, wanted))
        self.newest = self._last = counts
        self._read_at = self._clock()
        self.revision += 1
        self.on_read()
        return counts

    async def _read_backend(self, wanted: tuple[str, ...]) -> Places | None:
        if conf.read().LANDING_MAX_PLACES:
            return await self._backend.places(TOP, wanted)
        # Without places, everybody is elsewhere, and there is nothing to read.
        if (known := self._current.snapshot) is None:
            return None
        return Places(known, known.people, (), (0,) * len(wanted))

    def _shown(self) -> tuple[str, ...]:
        """Return the places that connections show, or the next of very many."""
        shown = tuple(self._subscribers.places())
        if len(shown) <= MAX_SHOWN:
            return shown
        self._rotation %= len(shown)
        rotated = chain(shown[self._rotation :], shown[: self._rotation])
        self._rotation += MAX_SHOWN
        return tuple(islice(rotated, MAX_SHOWN))
