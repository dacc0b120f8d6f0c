"""Keeps the workers running, and restarts them one by one on SIGHUP.

`Circus <https://circus.readthedocs.io/>`_ starts, watches, and stops the processes. Its own reload
stops a worker while the next one is still starting. This one waits until the new worker listens,
and keeps the old one if it never does.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from circus.arbiter import Arbiter
from circus.process import Process
from tornado import gen
from tornado.ioloop import IOLoop

from landing_site.serve.readiness import Readiness
from landing_site.serve.slots import Slot, build_socket
from landing_site.startup import ready_report

logger = logging.getLogger(__name__)

#: Time between two checks for workers that ended or became ready.
CHECK_SECONDS = 0.2

Steps = Generator[Any, Any, None]


@dataclass(frozen=True, slots=True)
class Pace:
    """The times of a rolling restart."""

    #: between two workers; clients of the first reconnect meanwhile
    pause_seconds: float
    #: A new worker that does not listen by then has failed.
    ready_seconds: float


class Supervisor(Arbiter):  # type: ignore[misc]  # Circus has no types
    """The workers of one port.

    ``directory`` is empty, and only this user can enter it.
    """

    def __init__(self, directory: Path, *, workers: int, host: str, port: int, pace: Pace) -> None:
        #: Whether a worker could not start at first, so that the site stopped.
        self.has_failed = False
        self._readiness = Readiness(directory)
        self._pace = pace
        self._port = port
        self._is_restart_due = self._is_restarting = False
        self._stopping: bool = False
        variables = {ready_report.VARIABLE: self._readiness.address}
        super().__init__(
            [Slot(number, variables) for number in range(workers)],
            f"ipc://{directory}/control",
            f"ipc://{directory}/events",
            check_delay=CHECK_SECONDS,
            sockets=[build_socket(number, host, port) for number in range(workers)],
            multicast_endpoint=None,
        )

    # -- start and stop --------------------------------------------------------------

    @gen.coroutine
    def start_watchers(self, *args: Any, **options: Any) -> Steps:
        """Start all workers. Report to the process manager of this process once all are ready.

        Stop if one ends before. Its own log line gives the reason.
        """
        self.loop.add_handler(self._readiness, lambda *_: self._readiness.receive(), IOLoop.READ)
        yield super().start_watchers(*args, **options)
        while not all(any(map(self._readiness.has, slot.processes)) for slot in self.watchers):
            if self._stopping:
                return
            if any(slot.failures for slot in self.watchers):
                self.has_failed = True
                logger.error("The site stops, because a worker cannot start")
                yield self.stop()
                return
            yield gen.sleep(CHECK_SECONDS)
        logger.info("%d workers listen on port %d", len(self.watchers), self._port)
        ready_report.report()

    @gen.coroutine
    def manage_watchers(self) -> Steps:
        """Start workers that ended. Circus calls this periodically, even while it stops."""
        if not self._stopping and self._exclusive_running_command is None:
            yield super().manage_watchers()

    @gen.coroutine
    def stop(self) -> Steps:
        """Drain all workers at the same time, then stop. The second call hurries the workers."""
        if self._stopping:
            for slot in self.watchers:
                for process in slot.processes.values():
                    process.send_signal(slot.stop_signal)
            return
        self._stopping = True
        # Nobody would accept the connections that wait.
        self.sockets.close_all()
        # Circus refuses a command, even the one of a signal, while another runs.
        while self._exclusive_running_command is not None:
            yield gen.sleep(CHECK_SECONDS)
        yield super().stop()

    # -- the rolling restart ---------------------------------------------------------

    @gen.coroutine
    def reload(self, **_: Any) -> Steps:
        """Restart one worker after the other. During a restart, repeat it at its end."""
        self._is_restart_due = True
        if self._is_restarting:
            return
        self._is_restarting = True
        try:
            while self._is_restart_due and not self._stopping:
                self._is_restart_due = False
                yield self._restart_all()
        finally:
            self._is_restarting = False

    @gen.coroutine
    def _restart_all(self) -> Steps:
        """Restart the workers in turn. Stop at the first that cannot start."""
        for position, slot in enumerate(self.watchers):
            if position:
                yield gen.sleep(self._pace.pause_seconds)
            if self._stopping or not (yield self._replace(slot)):
                return
        logger.info("All workers are restarted")

    @gen.coroutine
    def _replace(self, slot: Slot) -> Generator[Any, Any, bool]:
        """Start a second worker on the slot's socket, then stop the first. Return the success."""
        slot.is_replacing = True
        try:
            old = list(slot.processes.values())
            new = slot.spawn_second()
            is_ready = new is not None and (yield self._wait_until_ready(new))
            if is_ready:
                yield [slot.replace(each) for each in old]
            elif not self._stopping:
                logger.error("%s: the new process does not start, so none is replaced", slot.name)
                yield [slot.end(each) for each in (new,) if each is not None]
            return is_ready
        finally:
            slot.is_replacing = False

    @gen.coroutine
    def _wait_until_ready(self, process: Process) -> Generator[Any, Any, bool]:
        # The id may be the one of a worker that reported in the past.
        self._readiness.forget(process.pid)
        deadline = self.loop.time() + self._pace.ready_seconds
        while not self._readiness.has(process.pid):
            if self._stopping or not process.is_alive() or self.loop.time() > deadline:
                return False
            yield gen.sleep(CHECK_SECONDS)
        return True
