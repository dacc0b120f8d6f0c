"""Starts and stops the process around an ASGI application.

Daphne and Channels send no lifespan events, so the first ASGI call starts the process.
Servers that do send them start it earlier and stop it gracefully.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol


class Process(Protocol):
    """The tasks of one server process beside its requests."""

    async def start(self) -> None:
        """Start in the running event loop; wait, but never long, for the first counts."""

    def stop(self) -> Awaitable[None]:
        """Begin to stop in the call itself; awaiting the result completes it."""

    def finish(self) -> None:
        """Write the buffered rows. Blocks."""


class LifespanApplication:
    """Passes calls on to ``application`` once the process has started.

    ``build`` is called once per event loop, and again if a start failed.
    """

    def __init__(self, application: Any, build: Callable[[], Process]) -> None:
        self._application = application
        self._build = build
        self._process: Process | None = None
        self._starting: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Start the process if needed, then handle the call."""
        if scope["type"] == "lifespan":
            await self._handle_lifespan(receive, send)
            return
        await self._ensure_started()
        await self._application(scope, receive, send)

    async def _ensure_started(self) -> None:
        loop = asyncio.get_running_loop()
        if self._starting is None or self._loop is not loop or _has_failed(self._starting):
            self._loop = loop
            self._process = self._build()
            self._starting = asyncio.ensure_future(self._process.start())
        if not self._starting.done():
            await asyncio.shield(self._starting)

    async def _handle_lifespan(self, receive: Any, send: Any) -> None:
        """Answer lifespan events: https://asgi.readthedocs.io/en/latest/specs/lifespan.html."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._ensure_started()
                await send({"type": "lifespan.startup.complete"})
                continue
            if self._process is not None:
                await self._process.stop()
                # Some servers end by the signal that stopped them: no exit handler runs.
                await asyncio.to_thread(self._process.finish)
            await send({"type": "lifespan.shutdown.complete"})
            return


def _has_failed(starting: asyncio.Future[None]) -> bool:
    return starting.done() and (starting.cancelled() or starting.exception() is not None)
