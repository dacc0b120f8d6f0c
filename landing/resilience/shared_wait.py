"""A wait with a timeout that many tasks share."""

from __future__ import annotations

import asyncio


class SharedWait:
    """Lets tasks wait for the next :meth:`end`, all with one timer.

    ``asyncio.timeout`` sets a timer per task, which costs a good part of a handshake.
    """

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        #: set, and replaced, when the wait ends
        self._ended = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self) -> None:
        """Wait until :meth:`end`. The timeout runs from the start of the first wait."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._timeout_seconds, self.end)
        await self._ended.wait()

    def end(self) -> None:
        """End the wait of all tasks."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._ended.set()
            self._ended = asyncio.Event()
