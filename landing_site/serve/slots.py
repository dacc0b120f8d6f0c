"""The worker slots: their listening sockets, and the processes on them.

Each slot has a listening socket of its own on the same port. The kernel spreads connections evenly
over the sockets (SO_REUSEPORT), and the supervisor keeps each socket open while its worker
restarts, so no connection is refused. On one shared socket, an idle worker would take several
connections in a row.
"""

from __future__ import annotations

import errno
import logging
import os
import shlex
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any

from circus.process import Process
from circus.sockets import CircusSocket
from circus.watcher import Watcher
from tornado import gen

logger = logging.getLogger(__name__)

#: How many connections of a slot may wait until its worker accepts them.
BACKLOG = 4096
#: A drain takes a few seconds. A worker that takes longer than this is killed.
STOP_SECONDS = 30.0
#: The variable that chooses the port of a worker's metrics.
SLOT_VARIABLE = "LANDING_WORKER_SLOT"
#: Announces a successor before the stop, so that a worker hands its connections over to it.
#: :mod:`landing.live.transport.graceful_stop` handles it; a release that does not ignores it.
SUCCESSOR_SIGNAL = signal.SIGURG
#: A worker that ended sooner has failed to start. The pauses before the next attempts grow: the
#: database may be away, and each attempt takes a second of processor time.
START_SECONDS = 10.0
PAUSES_SECONDS = (0.0, 1.0, 2.0, 5.0)


class Slot(Watcher):  # type: ignore[misc]  # Circus has no types
    """Keeps one worker running, with the slot's socket as its standard input.

    A worker that ends is started again, however often. ``clock`` is monotonic, in seconds. Circus
    would retry a start that the system refuses without a pause, and handle no signal meanwhile.
    """

    def __init__(
        self,
        number: int,
        variables: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        #: While a second worker replaces the first, neither is started or stopped by itself.
        self.is_replacing = False
        self._clock = clock
        #: How many starts in a row have failed.
        self.failures = 0
        self._start_at = 0.0
        super().__init__(
            _name(number),
            shlex.quote(sys.executable),
            ["-m", "landing_site.serve.worker", str(os.getpid())],
            stdin_socket=_name(number),
            copy_env=True,
            env={**variables, SLOT_VARIABLE: str(number)},
            max_retry=1,
            graceful_timeout=STOP_SECONDS,
        )

    def spawn_second(self) -> Process | None:
        """Start another worker on the same socket; return None if the system refuses."""
        before = set(self.processes)
        super().spawn_process()
        return next((self.processes[pid] for pid in self.processes if pid not in before), None)

    def spawn_process(self, recovery_wid: int | None = None) -> float | bool:
        """Start the worker. After a failure, the next attempt follows a pause."""
        started_at: float | bool = super().spawn_process(recovery_wid)
        if started_at is False:
            self._note_failure("The system refuses to start a process")
        # With False, Circus would give up.
        return started_at or True

    @gen.coroutine
    def end(self, process: Process) -> Generator[Any, Any, None]:
        """Stop one process, and kill it if it takes too long."""
        yield self.kill_process(process)
        self.processes.pop(process.pid, None)

    @gen.coroutine
    def replace(self, process: Process) -> Generator[Any, Any, None]:
        """Stop one process whose successor listens already."""
        if process.is_alive():
            process.send_signal(SUCCESSOR_SIGNAL)
        yield self.end(process)

    @gen.coroutine
    def manage_processes(self) -> Generator[Any, Any, None]:
        """Start the worker again if it ended.

        The method of Circus drops a process that it finds dead, so that nobody learns why it ended.
        Here, only :meth:`reap_process` and :meth:`end` drop one.
        """
        may_start = not self.is_replacing and self._clock() >= self._start_at
        if may_start and self.is_active() and not self.processes:
            yield self.spawn_processes()

    def reap_process(self, pid: int, status: int | None = None) -> None:
        """Note that a process ended, and log it unless it was stopped."""
        process = self.processes.get(pid)
        if process is not None and not process.stopping and not self.is_stopping():
            how = "by itself" if status is None else _describe(status)
            self._note_failure(f"Process {pid} ended {how}", process.age())
        super().reap_process(pid, status)

    def _note_failure(self, what: str, age_seconds: float = 0.0) -> None:
        self.failures = self.failures + 1 if age_seconds < START_SECONDS else 0
        if self.is_replacing:
            logger.warning("%s: %s.", self.name, what)
            return
        pause_seconds = PAUSES_SECONDS[min(self.failures, len(PAUSES_SECONDS) - 1)]
        self._start_at = self._clock() + pause_seconds
        logger.warning("%s: %s. It is started again in %.0f s.", self.name, what, pause_seconds)


def _describe(status: int) -> str:
    """Return how a process ended, from its status as ``waitpid`` returns it."""
    code = os.waitstatus_to_exitcode(status)
    return f"with status {code}" if code >= 0 else f"by signal {-code}"


def build_socket(slot: int, host: str, port: int) -> CircusSocket:
    """Return the socket of a slot. It is not bound yet.

    With its option ``so_reuseport``, Circus would bind a socket for each process, and connections
    that wait on it would be lost when the process ends.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    slot_socket = CircusSocket(_name(slot), host, port, family, backlog=BACKLOG)
    slot_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return slot_socket


def find_port_problem(host: str, port: int) -> str | None:
    """Return why the port cannot be used, or None.

    With SO_REUSEPORT, a second program of the same user could listen on it unnoticed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Circus leaves it to the system whether a socket of IPv6 is for IPv4, too.
    is_dual = family == socket.AF_INET6 and _is_dual_stack()
    try:
        socket.create_server((host, port), family=family, dualstack_ipv6=is_dual).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} of {host} is in use. Stop that program or choose another port."
        return f"Port {port} of {host} cannot be used: {error.strerror or error}."
    return None


def _is_dual_stack() -> bool:
    with socket.socket(socket.AF_INET6) as fresh:
        return not fresh.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)


def _name(slot: int) -> str:
    return f"worker-{slot}"
