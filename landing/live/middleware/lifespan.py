"""Starts and stops the process around an ASGI application.

Daphne and Channels send no lifespan events, so the first ASGI call starts the process.
Servers that do send them start it earlier and stop it gracefully. Hypercorn sends them, but as soon
as its first worker has ended, it ends the others with a SIGTERM that they do not handle.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Any, Protocol
from weakref import WeakSet

from .forwarded_lifespan import ForwardedLifespan

logger = logging.getLogger(__name__)

#: Pause after a start that failed. The calls meanwhile must not pay for another one.
RETRY_SECONDS = 5.0


class Process(Protocol):
    """The tasks of one server process beside its requests."""

    async def start(self) -> None:
        """Start in the running event loop; wait, but never long, for the first counts."""

    def stop(self) -> Awaitable[None]:
        """Begin to stop in the call itself; awaiting the result completes it."""

    def finish(self) -> None:
        """Write the buffered rows. Blocks."""


def end_by_signal() -> None:
    """End this process by SIGTERM, as it would end without a handler."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)


#: An instance that nothing refers to, such as a result that the caller forgot to assign, is gone.
_instances: WeakSet[LifespanApplication] = WeakSet()


class LifespanApplication:
    """Passes calls on to ``application`` once the process has started.

    ``build`` is called once per event loop, and again a while after a start failed. A failure is
    logged, and the calls go on: the pages of a project must not depend on their counter. ``end`` is
    called after a SIGTERM has stopped the process.
    """

    def __init__(
        self,
        application: Any,
        build: Callable[[], Process],
        end: Callable[[], None] = end_by_signal,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._application = application
        _instances.add(self)
        self._build = build
        self._end = end
        self._process: Process | None = None
        self._stopping: asyncio.Future[None] | None = None
        self._starting: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_logged_failure = False
        self._clock = clock
        self._retry_at = -math.inf
        #: The loops belong to no request, so they run in the context of the import.
        self._context = copy_context()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Start the process if needed, then handle the call."""
        if scope["type"] == "lifespan":
            await self._handle_lifespan(scope, receive, send)
            return
        await self._ensure_started()
        await self._application(scope, receive, send)

    async def _ensure_started(self, *, has_lifespan: bool = False) -> None:
        try:
            loop = asyncio.get_running_loop()
            if self._should_start(loop):
                # Before the build, which can fail.
                self._starting, self._retry_at = None, self._clock() + RETRY_SECONDS
                self._process, self._stopping = self._context.copy().run(self._build), None
                if self._loop is not loop:
                    self._stop_at_signal(loop, has_lifespan=has_lifespan)
                self._loop = loop
                start = self._process.start()
                self._starting = loop.create_task(start, context=self._context.copy())
            if self._starting is not None and not self._starting.done():
                await asyncio.shield(self._starting)
        except Exception:
            if not self._has_logged_failure:
                self._has_logged_failure = True
                logger.exception("The live counter could not start. Later calls try it again")

    def _should_start(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Return whether nothing has started in this loop, or the start failed a while ago."""
        if self._starting is not None and not _has_failed(self._starting):
            return self._loop is not loop
        return self._clock() >= self._retry_at

    async def _handle_lifespan(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer lifespan events: https://asgi.readthedocs.io/en/latest/specs/lifespan.html.

        The application inside starts before the process, and stops after it.
        """
        inside = ForwardedLifespan(self._application, scope)
        try:
            while True:
                message = await receive()
                if message["type"] == "lifespan.startup":
                    answer = await inside.pass_on(message)
                    if answer is None or answer["type"] == "lifespan.startup.complete":
                        await self._ensure_started(has_lifespan=True)
                    await send(answer or {"type": "lifespan.startup.complete"})
                    continue
                if self._process is not None:
                    await asyncio.shield(self._stop(self._process))
                answer = await inside.pass_on(message)
                await send(answer or {"type": "lifespan.shutdown.complete"})
                return
        finally:
            inside.cancel()

    def _stop(self, process: Process) -> asyncio.Future[None]:
        """Stop the process, once; every call returns the same future."""
        if self._stopping is None:

            async def complete(stopped: Awaitable[None]) -> None:
                await stopped
                # Some servers end by the signal that stopped them: no exit handler runs.
                await asyncio.to_thread(process.finish)

            self._stopping = asyncio.ensure_future(complete(process.stop()))
        return self._stopping

    def _stop_at_signal(self, loop: asyncio.AbstractEventLoop, *, has_lifespan: bool) -> None:
        """Stop at a SIGTERM, unless the server stops the process itself.

        It does so with a lifespan, and Daphne before it stops its reactor. Without a handler of the
        server, the process ends by the signal after the stop.
        """
        before = signal.getsignal(signal.SIGTERM)

        def stop() -> asyncio.Future[None] | None:
            return None if self._process is None else self._stop(self._process)

        def stop_and_end() -> None:
            if stopping := stop():
                stopping.add_done_callback(lambda _: self._end())

        def stop_and_pass_on(number: int, frame: Any) -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(stop)
            if callable(before):
                before(number, frame)

        # Only the main thread can handle signals, and not on every system.
        with suppress(NotImplementedError, RuntimeError, ValueError):
            if before is signal.SIG_DFL:
                loop.add_signal_handler(signal.SIGTERM, stop_and_end)
            elif callable(before) and not has_lifespan and "daphne.server" not in sys.modules:
                signal.signal(signal.SIGTERM, stop_and_pass_on)


def is_wrapped() -> bool:
    """Return whether this process has such an application, which its server may use."""
    return bool(_instances)


def _has_failed(starting: asyncio.Future[None]) -> bool:
    return starting.done() and (starting.cancelled() or starting.exception() is not None)
