"""The drain at interpreter exit, where neither a server nor its event loop is left."""

from __future__ import annotations

import asyncio
import atexit
import socket
from typing import Any

from ..presence import factory
from ..worker import Worker


class _LoopWithoutThreads(asyncio.SelectorEventLoop):
    """Looks names up by itself: at interpreter exit no thread can be started any more."""

    async def getaddrinfo(self, host: Any, port: Any, **options: int) -> list[Any]:
        return socket.getaddrinfo(host, port, **options)


def drain_at_exit(worker: Worker) -> None:
    """Have the worker drain when the interpreter ends, unless it has drained before."""

    def leave() -> None:
        if worker.draining:
            return
        with asyncio.Runner(loop_factory=_LoopWithoutThreads) as runner:
            runner.run(worker.drain_at_exit(factory.from_settings()))

    atexit.register(leave)
