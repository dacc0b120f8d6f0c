"""Start servers without importing their libraries again: fork them from one process that has.

Importing is most of a server's start. Servers are still processes of their own, with their own
environment, and run the same module as the command line does. The test processes of a parallel run
share the process that forks, and each uses its own copy.
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
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from tests.services import children

ROOT = Path(__file__).resolve().parents[2]
MAX_ANSWER_BYTES = 1 << 10
#: The variable with the name of the shared forker.
VARIABLE = "TESTS_FORKER"


class Forker:
    """A process that forks others. It starts with the first one."""

    def __init__(self, environment: Mapping[str, str], name: str | None = None) -> None:
        """Prepare to start the process, or to connect to a shared one."""
        self._environment = dict(environment)
        self._name = name
        self._lock = threading.Lock()
        self._numbers = count()

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        stdout: int,
        stderr: int,
        *,
        new_session: bool = False,
    ) -> Fork:
        """Start ``python arguments``, which writes into these descriptors."""
        request = {
            "arguments": arguments,
            "environment": dict(environment),
            "new_session": new_session,
        }
        process = self._ask("start", request, [stdout, stderr])
        children.watch(process)
        return Fork(self, process)

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], timeout_seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run ``python arguments`` to its end, and return what it has written."""
        with TemporaryFile("w+") as stdout, TemporaryFile("w+") as stderr:
            process = self.start(arguments, environment, stdout.fileno(), stderr.fileno())
            try:
                status = process.wait(timeout_seconds)
            except BaseException:
                process.send_signal(signal.SIGKILL)
                raise
            written = []
            for file in (stdout, stderr):
                file.seek(0)
                written.append(file.read())
        return subprocess.CompletedProcess(arguments, status, *written)

    def poll(self, process: int) -> int | None:
        """Return the exit status, or None while the process runs."""
        return self._ask("poll", process)

    def close(self) -> None:
        """End the forker and the forks that still run."""
        if "_started" in self.__dict__:
            process, connection = self._started
            with connection, suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                # A forker ends its forks before its connection.
                while connection.recv(MAX_ANSWER_BYTES):
                    continue
            if process is not None:
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
    def _started(self) -> tuple[subprocess.Popen[Any] | None, socket.socket]:
        if self._name is None:
            return _start(self._environment)
        connection = _new_socket()
        connection.connect(f"\0{self._name}")
        return None, connection


def _start(
    environment: Mapping[str, str], *listeners: socket.socket
) -> tuple[subprocess.Popen[Any], socket.socket]:
    # Each message is one packet.
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        descriptors = [each.fileno() for each in (theirs, *listeners)]
        process = children.start(
            [sys.executable, "-m", "tests.services.forker", *map(str, descriptors)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=descriptors,
        )
    return process, ours


def _new_socket() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)


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

    def terminate(self) -> None:
        """Send SIGTERM, unless the process has ended."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


_forker: Forker | None = None


def find(arguments: Sequence[str], variables: Mapping[str, str]) -> Forker | None:
    """Return the forker of this program, if it has one that can run ``python arguments``."""
    is_code = arguments[0] == "-c"
    # The interpreter reads these when it starts.
    is_tuned = any(name.startswith("PYTHON") for name in variables)
    return None if is_code or is_tuned else _forker


@contextmanager
def enabled(environment: Mapping[str, str]) -> Iterator[Forker | None]:
    """Let servers of this program fork. Only Linux has packets between processes."""
    global _forker
    if sys.platform != "linux":
        yield None
        return
    _forker = Forker(environment, os.environ.get(VARIABLE))
    try:
        yield _forker
    finally:
        _forker.close()
        _forker = None


@contextmanager
def shared(environment: Mapping[str, str]) -> Iterator[None]:
    """Let the programs that this one starts share a forker, which reads its libraries once."""
    if sys.platform != "linux":
        yield
        return
    name = f"landing-forker-{uuid.uuid4().hex}"
    with _new_socket() as listener:
        # A zero byte at the start: the address is not a file.
        listener.bind(f"\0{name}")
        listener.listen()
        process, connection = _start(environment, listener)
    os.environ[VARIABLE] = name
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        connection.close()
        process.wait()
