"""Stands in for the worker in a process that serves no connections.

Such a process is a shell, a management command, or a WSGI server. With a shared presence
backend it reads what the workers report. With the in-process backend, the counts of another
process cannot be known.
"""

from __future__ import annotations

import logging
import time
from threading import Thread
from typing import Literal

from asgiref.sync import async_to_sync

from .. import conf
from ..visitors.sessions.change import SessionChange
from .current_snapshot import STALE_HEARTBEATS, Source, SourcedSnapshot
from .feed import FeedChange
from .presence import factory
from .presence.contract import PresenceError
from .sync import group, layer

logger = logging.getLogger(__name__)


class AbsentWorker:
    """The null object for a worker; see :class:`landing.live.worker.Worker`."""

    is_serving: Literal[False] = False

    def snapshot(self) -> SourcedSnapshot | None:
        """Return None: without I/O, this process knows nothing."""
        return None

    async def fetch_snapshot(self) -> SourcedSnapshot | None:
        """Return what the shared backend knows now; None if there is none or it is away."""
        if not factory.is_shared():
            return None
        backend = factory.from_settings()
        try:
            snapshot = await backend.snapshot()
        except PresenceError as error:
            logger.warning("Presence does not answer: %s", error)
            return None
        finally:
            await backend.close()
        if snapshot is None:
            return None
        age_seconds = time.time() - snapshot.as_of_ms / 1000
        is_live = age_seconds <= STALE_HEARTBEATS * conf.read().LANDING_HEARTBEAT_SECONDS
        return SourcedSnapshot(snapshot, Source.LIVE if is_live else Source.STALE)

    def publish_activity(self, change: FeedChange) -> None:
        """Send a change of the feed to all workers, if other processes can be reached.

        Blocks. Call it outside an event loop.
        """
        if factory.is_shared():
            async_to_sync(group.publish_activity)(
                layer.open_layer(), change, conf.read().LANDING_REDIS_TIMEOUT_SECONDS
            )

    def publish_session(self, change: SessionChange) -> None:
        """Send the new session of a browser to all workers, in a thread: nobody waits."""
        if factory.is_shared():
            send = async_to_sync(group.publish_session)
            arguments = layer.open_layer(), change, conf.read().LANDING_REDIS_TIMEOUT_SECONDS
            Thread(target=send, args=arguments, daemon=True).start()
