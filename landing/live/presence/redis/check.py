"""Says at start-up, in one line, what an operator must mend before Redis can serve presence."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from ....conf import read
from ..contract import PresenceError, Timing
from .backend import RedisPresence
from .errors import PresenceRefused


def check_redis(url: str) -> str | None:
    """The line, without a password; None when all is well or Redis is only away.

    A Redis that is away is no reason not to start: sockets and pages do without.
    """
    # In a thread: asyncio.run would leave this one without the loop that a server has set.
    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(asyncio.run, _problem(url)).result()


async def _problem(url: str) -> str | None:
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
