"""The drain: a worker leaves, its people get a grace period, its connections are closed.

If a successor accepts their connections already, a handover precedes the drain.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import socket
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from ...resilience import errors
from ..connection import Connection
from ..frames import CloseCode, dump_retry
from ..presence.contract import PresenceBackend, PresenceError, Report
from ..reconnect_spread import MIN_SPREAD_MS, covers_reconnect, drain_linger_ms
from ..registry import Registry
from ..transport.outbound import encode
from .loop import SyncLoop

logger = logging.getLogger(__name__)

_failures = errors.redis.labels("drain")

#: Longest time that a graceful shutdown waits for the backend.
DRAIN_SECONDS = 5.0
#: How many connections one step of the handover closes. With a step each 50 ms, these are 600 a
#: second, as many as may reconnect.
HANDOVER_STEP = 30


class Handover:
    """Closes connections in small steps before the drain, while the worker still counts.

    In the drain, all pages of a worker wait for their turn to reconnect and show an old number
    meanwhile. Here, a page receives live counts until its connection is closed, and may then
    reconnect within the smallest spread. Its person counts for the usual grace period, so nothing
    is handed over if that period is shorter than a reconnect.
    """

    def __init__(self, registry: Registry, linger_seconds: float) -> None:
        self._registry = registry
        self._is_possible = covers_reconnect(linger_seconds)
        self._waiting: list[Connection] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def step(self) -> bool:
        """Begin to close the next connections; return whether another step may close more."""
        if self._waiting is None:
            self._waiting = list(self._registry) if self._is_possible else []
        batch, self._waiting = self._waiting[:HANDOVER_STEP], self._waiting[HANDOVER_STEP:]
        if batch:
            task = asyncio.ensure_future(self._close(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return bool(self._tasks)

    async def _close(self, batch: Sequence[Connection]) -> None:
        frame = encode([dump_retry(MIN_SPREAD_MS)])
        # The drain closes slow consumers: they know only the longer spread, which it covers.
        ready = [
            connection
            for connection in batch
            if connection in self._registry and connection.outbound.write(frame)
        ]
        # Over ASGI, frames are sent in tasks.
        await asyncio.sleep(0)
        await close_all(ready)


class Drain:
    """The graceful shutdown of one worker.

    ``spread_ms`` returns the time over which clients were asked to spread their reconnects:
    people must count at least that long. ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self,
        backend: PresenceBackend,
        sync: SyncLoop,
        registry: Registry,
        linger_seconds: float,
        spread_ms: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        #: when the drain began; None before
        self.began_at: float | None = None
        self._clock = clock
        self._backend = backend
        self._sync = sync
        self._registry = registry
        self._linger_seconds = linger_seconds
        self._spread_ms = spread_ms
        self.handover = Handover(registry, linger_seconds)

    @property
    def has_begun(self) -> bool:
        """Whether the worker is leaving."""
        return self.began_at is not None

    def begin(self) -> Coroutine[Any, Any, None]:
        """Begin the drain; awaiting the result completes it. Idempotent.

        The call itself does what must precede the end of the first connection: servers
        cancel their connections in the same turn of the event loop.
        """
        if self.has_begun:
            return _do_nothing()
        self.began_at = self._clock()
        # People who came since the last report get the grace period, too.
        return self._complete(self._sync.final_report(), list(self._registry))

    async def run_at_exit(self, backend: PresenceBackend) -> None:
        """Drain at interpreter exit, over a backend of a loop that still runs."""
        if not self.has_begun:
            self.began_at = self._clock()
            await self._drain(backend, None)

    async def _complete(self, last: Report | None, connections: Sequence[Connection]) -> None:
        await asyncio.gather(self._drain(self._backend, last), close_all(connections))

    async def _drain(self, backend: PresenceBackend, last: Report | None) -> None:
        linger_ms = drain_linger_ms(self._spread_ms(), self._linger_seconds)
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                if last is not None:
                    self._sync.on_stays((await backend.sync(last)).stays)
                while await backend.drain(self._sync.worker_id, self._sync.next_seq, linger_ms):
                    pass
        except (PresenceError, TimeoutError) as error:
            _failures.inc()
            logger.warning("Could not drain this worker; its lease will expire: %s", error)
        await backend.close()


async def close_all(connections: Sequence[Connection]) -> None:
    """Close each connection with 1001; one that is gone does not keep the others open."""
    closing = (connection.close(CloseCode.GOING_AWAY) for connection in connections)
    for outcome in await asyncio.gather(*closing, return_exceptions=True):
        if isinstance(outcome, Exception):
            logger.debug("A connection was gone before it was closed: %r", outcome)


async def _do_nothing() -> None:
    """Complete a drain that another call completes."""


class _LoopWithoutThreads(asyncio.SelectorEventLoop):
    """Resolves names without a thread: at interpreter exit no thread can be started."""

    async def getaddrinfo(self, host: Any, port: Any, **options: int) -> list[Any]:
        return socket.getaddrinfo(host, port, **options)


def drain_at_exit(drain: Drain, make_backend: Callable[[], PresenceBackend]) -> None:
    """Drain when the interpreter exits, unless the server's shutdown has drained before.

    ``make_backend`` builds a backend for the event loop that runs then.
    """

    def run() -> None:
        if drain.has_begun:
            return
        with asyncio.Runner(loop_factory=_LoopWithoutThreads) as runner:
            runner.run(drain.run_at_exit(make_backend()))

    atexit.register(run)
