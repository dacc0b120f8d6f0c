"""The measured site as one supervisor runs it: several workers on one port, and a Redis."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Mapping
from contextlib import ExitStack

import psutil

from tests.services.other_servers import OtherServer
from tests.services.ports import HOST, free_port, wait_until
from tests.services.redis import RedisServer
from tests.services.site import UNLIMITED

RESTARTED = "All workers are restarted"


class SupervisedDeployment:
    """Looks like a :class:`~tests.load.truth.deployment.Deployment` of as many processes.

    All have the same port, and none has an end of its own.
    """

    def __init__(
        self, given: Mapping[str, str], workers: int, limits: Mapping[str, str] = UNLIMITED
    ) -> None:
        self.redis = RedisServer()
        self.living = set(range(workers))
        self.ports = [free_port()] * workers
        self._given = {**given, **limits, "REDIS_URL": self.redis.url}
        self._server: OtherServer | None = None

    async def start(self) -> None:
        await asyncio.to_thread(self.redis.start)
        options = ["--port", str(self.ports[0]), "--workers", str(len(self.ports))]
        self._server = OtherServer(self._given, ["-m", "landing_site.serve", *options])
        await self._wait_for("workers listen")

    async def restart(self) -> None:
        """Restart all workers one by one, as for a new release."""
        os.kill(self._running.pid, signal.SIGHUP)
        await self._wait_for(RESTARTED)

    def largest_share(self, connections: int) -> float:
        """Open connections at once, and return the share of the worker with most."""
        workers = self.workers
        before = [_accepted(worker) for worker in workers]
        with ExitStack() as stack:
            for _ in range(connections):
                stack.enter_context(socket.create_connection((HOST, self.ports[0])))
            new: list[int] = []

            def are_accepted() -> bool:
                new[:] = [_accepted(each) - old for each, old in zip(workers, before, strict=True)]
                return sum(new) == connections

            wait_until(are_accepted, "all connections are accepted")
            return max(new) / connections

    @property
    def workers(self) -> list[psutil.Process]:
        """Return the processes of the workers."""
        return psutil.Process(self._running.pid).children()

    @property
    def log(self) -> str:
        """Return the output of all processes."""
        return self._running.log

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.redis.close()

    @property
    def _running(self) -> OtherServer:
        assert self._server is not None, "The site is not running"
        return self._server

    async def _wait_for(self, text: str) -> None:
        def is_logged() -> bool:
            return text in self._running.log

        await asyncio.to_thread(wait_until, is_logged, f"{text!r} is in the log")


def _accepted(worker: psutil.Process) -> int:
    connections = worker.net_connections("tcp4")
    port = connections[0].laddr.port
    return sum(
        each.status == psutil.CONN_ESTABLISHED and each.laddr.port == port for each in connections
    )
