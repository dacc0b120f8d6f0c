"""The shown numbers in a process that serves nobody: a shell, a command, a WSGI process.

Such a process has no worker. With a shared backend it reads what the workers
report; with the in-process backend nobody can know.
"""

from __future__ import annotations

import logging
import time

from .. import conf
from .current_snapshot import STALE_HEARTBEATS
from .frames import Source, SourcedSnapshot
from .presence import factory
from .presence.contract import PresenceError

logger = logging.getLogger(__name__)


async def shown() -> SourcedSnapshot | None:
    """What the deployment shows now; None where that cannot be known."""
    if not factory.is_shared():
        return None
    presence = factory.from_settings()
    try:
        snapshot = await presence.snapshot()
    except PresenceError as error:
        logger.warning("Presence does not answer: %s", error)
        return None
    finally:
        await presence.close()
    if snapshot is None:
        return None
    age_seconds = time.time() - snapshot.as_of_ms / 1000
    is_live = age_seconds <= STALE_HEARTBEATS * conf.read().LANDING_HEARTBEAT_SECONDS
    return SourcedSnapshot(snapshot, Source.LIVE if is_live else Source.STALE)
