"""Start servers without importing their libraries again: fork them from one process that has.

Importing is most of a server's start. Servers are still processes of their own, with their own
environment, and run the same module as the command line does.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from tests.services import children

ROOT = Path(__file__).resolve().parents[2]
MAX_ANSWER_BYTES = 1 << 10


class Forker:
    """A process that forks others. It starts with the first one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._numbers = count()

    def start(
        self, module: str, *arguments: str, environment: Mapping[str, str], output: int
    ) -> Fork:
        """Start ``python -m module arguments``, which writes into this descriptor."""
        request = {"module": module, "arguments": arguments, "environment": dict(environment)}
        process = self._ask("start", request, [output])
        children.watch(process)
        return Fork(self, process)

    def poll(self, process: int) -> int | None:
        """Return the exit status, or None while the process runs."""
        return self._ask("poll", process)

    def close(self) -> None:
        """End the forker and the forks that still run."""
        if "_started" in self.__dict__:
            process, connection = self._started
            connection.close()
            process.wait()

    def _ask(self, kind: str, request: Any, descriptors: Sequence[int] = ()) -> Any:
        with self._lock:
            _, connection = self._started
            number = next(self._numbers)
            message = json.dumps([number, kind, request]).encode()
            try:
                socket.send_fds(connection, [message], descriptors)
                # An interrupted request leaves its answer behind.
                while (answer := json.loads(connection.recv(MAX_ANSWER_BYTES)))[0] != number:
                    continue
            except (OSError, ValueError) as error:
                raise RuntimeError("The process that forks servers has ended") from error
        return answer[1]

    @cached_property
    def _started(self) -> tuple[subprocess.Popen[Any], socket.socket]:
        # Each message is one packet.
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = children.start(
                [sys.executable, "-m", "tests.services.forker", str(theirs.fileno())],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        return process, ours


class Fork:
    """A process of the forker, with those methods of ``subprocess.Popen`` that servers need."""

    def __init__(self, forker: Forker, process: int) -> None:
        self._forker = forker
        self.pid = process
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, or None while the process runs."""
        if self.returncode is None:
            self.returncode = self._forker.poll(self.pid)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Return the exit status when the process has ended."""
        deadline, pause = time.monotonic() + timeout, 0.001
        while (status := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(pause)
            pause = min(2 * pause, 0.05)
        return status

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


_forker: Forker | None = None


def current() -> Forker | None:
    """Return the forker of this program, if it has one."""
    return _forker


@contextmanager
def enabled(environment: Mapping[str, str]) -> Iterator[Forker | None]:
    """Let servers of this program fork. Only Linux has packets between processes."""
    global _forker
    if sys.platform != "linux":
        yield None
        return
    _forker = Forker(environment)
    try:
        yield _forker
    finally:
        _forker.close()
        _forker = None
