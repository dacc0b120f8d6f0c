"""Event loops: detect a running one, and repeat a step in it whenever the step is due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import inf

from .counted_log import CountedLog

logger = logging.getLogger(__name__)

#: Pause after an unexpected error.
ERROR_PAUSE_SECONDS = 1.0


def is_in_event_loop() -> bool:
    """Return whether this thread runs an event loop, which must not block."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def repeat(
    step: Callable[[], Awaitable[None]],
    due_at: Callable[[], float],
    changed: asyncio.Event,
    clock: Callable[[], float],
) -> None:
    """Run the step whenever ``clock`` reaches ``due_at``; ``changed`` makes it check again.

    An exception of the step is logged and does not end the loop.
    """
    log = CountedLog(logger, clock)
    while True:
        await _wait_until(due_at, changed, clock)
        try:
            await step()
        except Exception as error:  # noqa: BLE001  the loop must survive every error
            log.report(error, "A periodic step failed")
            await asyncio.sleep(ERROR_PAUSE_SECONDS)


async def _wait_until(
    due_at: Callable[[], float], changed: asyncio.Event, clock: Callable[[], float]
) -> None:
    while (seconds := due_at() - clock()) > 0:
        changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == inf else seconds):
                await changed.wait()
