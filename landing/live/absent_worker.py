"""Stands in for the worker in a process that serves no connections.

Such a process is a shell, a management command, or a WSGI server. With a shared presence
backend it reads what the workers report. With the in-process backend, the counts of another
process cannot be known.

A backend can hang. One page of the process then waits once per outage, and not for long: the
read goes on in the background, and all pages get the last counts as stale.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Literal

from asgiref.sync import async_to_sync

from .. import conf
from ..resilience import errors
from ..resilience.background_read import BackgroundRead, Patience
from ..resilience.outage import Outage
from .current_snapshot import STALE_HEARTBEATS, Source, SourcedSnapshot, as_stale
from .feed import FeedChange
from .places.reader import PlaceReader
from .presence import factory
from .presence.contract import Places, PresenceBackend, PresenceError, Snapshot
from .sync import channel_layer, group
from .sync.group import Change, PageChange

logger = logging.getLogger(__name__)

#: Maximum wait of a request for the channel layer.
PUBLISH_SECONDS = 0.5
#: Pause after the channel layer failed; meanwhile, workers find activities in the table.
PUBLISH_PAUSE_SECONDS = 5.0
#: How long a read of the places serves all requests.
MAX_PLACES_AGE_SECONDS = 0.25


class AbsentWorker:
    """The null object for a worker; see :class:`landing.live.worker.Worker`."""

    is_serving: Literal[False] = False

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        outage = Outage(
            logger,
            "Reading presence",
            "the last counts are shown as stale",
            errors=errors.redis.labels("read_presence"),
        )
        self._clock = clock
        patience = Patience()
        self._reads: BackgroundRead[Snapshot] = BackgroundRead(
            PresenceError, outage, clock, patience
        )
        self.places = SharedPlaces(clock, patience)
        self._publish_paused_until = 0.0

    def snapshot(self) -> SourcedSnapshot | None:
        """Return None: without I/O, this process knows nothing."""
        return None

    def read_snapshot(self) -> SourcedSnapshot | None:
        """Return the snapshot of the shared backend, or the last one received; None without any.

        Waits for the backend, but never long. Thread-safe.
        """
        if not factory.can_share():
            return None
        backend = factory.from_settings()
        snapshot, is_fresh = self._reads.get(lambda: asyncio.run(_read(backend)))
        if snapshot is None:
            return None
        if is_fresh and _is_live(snapshot):
            return SourcedSnapshot(snapshot, Source.LIVE)
        return as_stale(snapshot)

    async def fetch_snapshot(self) -> SourcedSnapshot | None:
        """Return :meth:`read_snapshot` without blocking the event loop."""
        return await asyncio.to_thread(self.read_snapshot)

    def publish_activity(self, change: FeedChange) -> None:
        """Send a change of the feed to all workers, if other processes can be reached.

        Blocks. Call it outside an event loop.
        """
        if not factory.can_share() or self._clock() < self._publish_paused_until:
            return
        timeout_seconds = min(PUBLISH_SECONDS, conf.read().LANDING_REDIS_TIMEOUT_SECONDS)
        publish = async_to_sync(group.publish_activity)
        if not publish(channel_layer.open_layer(), change, timeout_seconds):
            self._publish_paused_until = self._clock() + PUBLISH_PAUSE_SECONDS

    def publish_change(self, change: Change) -> None:
        """Send a change in a thread. Do not wait for a change of a browser.

        Wait briefly for a change of the page, because a command often ends after it.
        """
        if factory.can_share():
            send = async_to_sync(group.publish_change)
            timeout_seconds = conf.read().LANDING_REDIS_TIMEOUT_SECONDS
            arguments = channel_layer.open_layer(), change, timeout_seconds
            thread = Thread(target=send, args=arguments, daemon=True)
            thread.start()
            if isinstance(change, PageChange):
                thread.join(PUBLISH_SECONDS)


def _is_live(snapshot: Snapshot) -> bool:
    """Return whether some worker has reported within the last heartbeats."""
    age_seconds = time.time() - snapshot.as_of_ms / 1000
    return age_seconds <= STALE_HEARTBEATS * conf.read().LANDING_HEARTBEAT_SECONDS


class SharedPlaces(PlaceReader):
    """The places of the shared backend; none with the in-process one."""

    def __init__(self, clock: Callable[[], float], patience: Patience) -> None:
        super().__init__(MAX_PLACES_AGE_SECONDS, clock, patience)

    def _read(self, limit: int, wanted: Sequence[str]) -> Places | None:
        if not factory.can_share():
            return None
        return asyncio.run(_read_places(factory.from_settings(), limit, wanted))

    def _is_live(self, snapshot: Snapshot) -> bool:
        return _is_live(snapshot)


async def _read_places(
    backend: PresenceBackend, limit: int, wanted: Sequence[str]
) -> Places | None:
    async with factory.closing(backend):
        return await backend.places(limit, wanted)


async def _read(backend: PresenceBackend) -> Snapshot | None:
    async with factory.closing(backend):
        return await backend.snapshot()
