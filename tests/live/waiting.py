"""Wait for a condition in an asynchronous test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

POLL_SECONDS = 0.005


async def wait_until(condition: Callable[[], object], timeout_seconds: float = 5.0) -> None:
    """Poll until the condition is true. Raise TimeoutError after the timeout."""
    async with asyncio.timeout(timeout_seconds):
        while not condition():  # noqa: ASYNC110  most conditions have no event to wait for
            await asyncio.sleep(POLL_SECONDS)
