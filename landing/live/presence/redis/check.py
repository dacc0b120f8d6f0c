"""The check of Redis at start-up: whether it can serve presence."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from ....conf import read
from ..contract import PresenceError, Timing
from .backend import RedisPresence
from .errors import PresenceRefused


def check_redis(url: str) -> str | None:
    """Return in one line what an operator must fix, or None.

    The line contains no password. An unreachable Redis is not an error here, because
    connections and pages work without it.
    """
    # asyncio.run() would unset the event loop that the server has set for this thread.
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(asyncio.run, _find_problem(url)).result()


async def _find_problem(url: str) -> str | None:
    settings = read()
    try:
        presence = RedisPresence(
            url, settings.LANDING_REDIS_PREFIX, Timing(), settings.LANDING_REDIS_TIMEOUT_SECONDS
        )
    except ValueError as error:
        return f"REDIS_URL: {error}"
    try:
        await presence.check()
    except PresenceRefused as error:
        return f"REDIS_URL: {error}"
    except PresenceError:
        return None
    finally:
        await presence.close()
    return None
