"""Steps that are taken when they are due, and sooner when something happened."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from math import inf

logger = logging.getLogger(__name__)

#: After a step that raised something unforeseen.
FAULT_PAUSE_SECONDS = 1.0


async def repeat(
    step: Callable[[], Awaitable[None]],
    due_at: Callable[[], float],
    changed: asyncio.Event,
    clock: Callable[[], float],
) -> None:
    """Take the step whenever ``due_at`` has come; ``changed`` makes it look again.

    A fault of ours costs one step and not the counter.
    """
    while True:
        await _wait_until(due_at, changed, clock)
        try:
            await step()
        except Exception:
            logger.exception("A step of the live worker failed")
            await asyncio.sleep(FAULT_PAUSE_SECONDS)


async def _wait_until(
    due_at: Callable[[], float], changed: asyncio.Event, clock: Callable[[], float]
) -> None:
    while (seconds := due_at() - clock()) > 0:
        changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == inf else seconds):
                await changed.wait()
