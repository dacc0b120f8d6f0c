"""The check of Redis at start-up: whether it can serve presence.

:mod:`.trials` tries everything that presence needs, and :mod:`.errors` decides what a failure
means.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from ....conf import read
from ..contract import PresenceError, Timing
from . import tls
from .backend import RedisPresence
from .errors import URL, PresenceRefused, PresenceUnreachable, PresenceWarned
from .trials import (
    NO_EVICTION,
    SEE_DOCS,
    eviction_policy,
    find_missing_permissions,
    try_needed_commands,
)

logger = logging.getLogger(__name__)


def check_redis(
    url: str, then: Callable[[], Awaitable[PresenceError | None]] | None = None
) -> str | None:
    """Return in one line what an operator must fix, or None. Log what does not prevent a start.

    The line contains no password. An unreachable Redis is not an error here, because
    connections and pages work without it. If Redis answers, ``then`` checks what else uses it.
    """
    # asyncio.run() would unset the event loop that the server has set for this thread.
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(asyncio.run, _find_problem(url, then)).result()


async def _find_problem(
    url: str, then: Callable[[], Awaitable[PresenceError | None]] | None
) -> str | None:
    settings = read()
    prefix = settings.LANDING_REDIS_PREFIX
    try:
        presence = RedisPresence(url, prefix, Timing(), settings.LANDING_REDIS_TIMEOUT_SECONDS)
    except ValueError as error:
        return f"{URL}: {error}"
    try:
        await try_needed_commands(presence, prefix)
        await _log_warnings(presence, prefix)
        if then is not None and (problem := await then()):
            reason = str(problem).rstrip(".")
            logger.warning("%s; changes reach other processes with the next heartbeat", reason)
    except PresenceRefused as error:
        return f"{URL}: {error}"
    except PresenceWarned as error:
        logger.warning("%s: %s", URL, error)
    except PresenceUnreachable:
        mistake = await tls.find_mistake(url)
        return f"{URL}: {mistake}." if mistake else None
    except PresenceError:
        return None
    finally:
        await presence.close()
    return None


async def _log_warnings(presence: RedisPresence, prefix: str) -> None:
    """Log a warning per consequence of missing permissions, and one of a wrong eviction policy."""
    for missing in await find_missing_permissions(presence, prefix):
        logger.warning(
            "Redis denies the user of %s %s. Consequence: %s. %s", URL, *missing, SEE_DOCS
        )
    with suppress(PresenceRefused):
        policy = eviction_policy(await presence.execute("INFO", "memory"))
        if policy != NO_EVICTION:
            logger.warning(
                "Redis may evict keys of presence (maxmemory-policy %s): after each loss, counts "
                "are stale for a heartbeat. Set maxmemory-policy to %s.",
                policy,
                NO_EVICTION,
            )
