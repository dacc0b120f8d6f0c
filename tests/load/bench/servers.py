"""The measured servers: each variant is one process on the server core.

This module owns the processes and their cores. It does not know the clients.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import psutil

from tests.load.bench import nodejs
from tests.load.bench.apps import control
from tests.services import children, forking
from tests.services.ports import HOST, free_port, wait_until
from tests.services.site import ROOT, UNLIMITED, environment, new_log, start_python

_cores = sorted(os.sched_getaffinity(0))
#: The harness and Redis share the client core. Neither is measured.
SERVER_CORE, CLIENT_CORE = _cores[0], _cores[-1]
#: Waiting handshakes. Twisted's default of 50 is too low for a join storm.
BACKLOG = 4096
#: A server is idle if its load was low for this time.
IDLE_SECONDS = 0.5
#: Variables that the site inherits. ``deployment.prepare`` sets them in this process.
SITE = ("DEBUG", "SECRET_KEY", "DATABASE_URL", "STATIC_ROOT")


class Server:
    """One process. ``shows`` is the part of a frame around a count, with ``%d`` for the count."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        given: Mapping[str, str],
        *,
        port: int,
        path: str,
        shows: str,
        speaks_socketio: bool = False,
        cores: Sequence[int] = (SERVER_CORE,),
    ) -> None:
        self.name = name
        self.port = port
        self.path = path
        self.control_path = path if speaks_socketio else control.PATH
        self.speaks_socketio = speaks_socketio
        self._shows = shows
        #: bytes that every frame with a count contains
        self.count_marker = shows.partition("%d")[0].encode()
        self._log = new_log(f"bench-{name}-")
        self._popen = self._start(command, given, cores)
        self.process = psutil.Process(self._popen.pid)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def log(self) -> str:
        """Return the output of the process."""
        return self._log.read_text(errors="replace")

    def marker(self, count: int) -> bytes:
        """Return the bytes that a frame with this count contains."""
        return (self._shows % count).encode()

    def cpu_seconds(self) -> float:
        """Return the processor time of all threads and workers so far."""
        every = [self.process, *self.process.children()]
        return float(sum(sum(process.cpu_times()[:2]) for process in every))

    def rss_bytes(self) -> int:
        return int(self.process.memory_info().rss)

    def wait_until_ready(self) -> None:
        wait_until(self._listens, f"{self.name} listens on port {self.port}")

    def wait_until_idle(self, share: float = 0.05, seconds: float = 60) -> None:
        """Wait until the process used less than ``share`` of a core for half a second."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            before = self.cpu_seconds()
            time.sleep(IDLE_SECONDS)
            if self.cpu_seconds() - before < share * IDLE_SECONDS:
                return
        raise TimeoutError(f"{self.name} is not idle within {seconds} s")

    def terminate(self) -> None:
        """Send SIGTERM, as a deploy does."""
        self._popen.terminate()

    def wait(self) -> None:
        """Wait for the end of the process."""
        self._popen.wait(timeout=60)

    def close(self) -> None:
        """Kill the process and remove its log."""
        self._popen.send_signal(signal.SIGKILL)
        self.wait()
        self._log.unlink()

    def _start(
        self, command: Sequence[str], given: Mapping[str, str], cores: Sequence[int]
    ) -> subprocess.Popen[bytes] | forking.Fork:
        program, *arguments = command
        if program == sys.executable and forking.find(arguments, given):
            # In a test. A measurement has no forker.
            fork = start_python(arguments, given, self._log)
            os.sched_setaffinity(fork.pid, cores)
            return fork
        with self._log.open("ab") as log:
            return children.start(
                command,
                cwd=ROOT,
                env=environment(given),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: os.sched_setaffinity(0, cores),
            )

    def _listens(self) -> bool:
        if self._popen.poll() is not None:
            raise RuntimeError(f"{self.name} ended with {self._popen.returncode}:\n{self.log}")
        return any(
            connection.laddr.port == self.port and connection.status == psutil.CONN_LISTEN
            for connection in self.process.net_connections("tcp")
        )


@contextmanager
def ours(redis_url: str | None = None, *, app: str = "ours", **given: str) -> Iterator[Server]:
    """Run the site as deployed, with ``given`` in its environment.

    ``app`` names a module of ``apps`` that changes one thing of our site.
    """
    site = {name: os.environ[name] for name in SITE if name in os.environ}
    redis = {"REDIS_URL": redis_url} if redis_url else {}
    shows = '"count":%d,'
    with _daphne(
        app, {**site, **UNLIMITED, **redis, **given}, path="/ws/landing/", shows=shows
    ) as server:
        yield server


@contextmanager
def supervised(redis_url: str, workers: int) -> Iterator[Server]:
    """Run workers of our site on one port and on all cores, under the supervisor."""
    site = {name: os.environ[name] for name in SITE if name in os.environ}
    port = free_port()
    options = ["--port", str(port), "--workers", str(workers)]
    server = Server(
        f"{workers} workers",
        [sys.executable, "-m", "landing_site.serve", *options],
        {**site, **UNLIMITED, "REDIS_URL": redis_url},
        port=port,
        path="/ws/landing/",
        shows='"count":%d,',
        cores=_cores,
    )
    try:
        wait_until(lambda: f"{workers} workers listen" in server.log, "all workers listen")
        yield server
    finally:
        server.terminate()
        server.wait()
        server.close()


@contextmanager
def tutorial(
    redis_url: str | None = None, *, counting: bool = True, layer: str = "pubsub"
) -> Iterator[Server]:
    """Run the consumer of the Channels tutorial.

    With ``counting=False`` it sends no counts while a crowd connects. ``layer`` is a channel layer
    of channels_redis, ``pubsub`` or ``core``.
    """
    given = {"REDIS_URL": redis_url, "LAYER": layer} if redis_url else {}
    if not counting:
        given["COUNTING"] = "no"
    with _daphne("tutorial", given, path="/ws/", shows='"count": %d}') as server:
        yield server


@contextmanager
def noop() -> Iterator[Server]:
    """Run a consumer that accepts connections and does nothing else."""
    with _daphne("noop", {}, path="/ws/", shows="nothing %d") as server:
        yield server


@contextmanager
def tuned() -> Iterator[Server]:
    """Run the noop consumer with the process settings of our site."""
    with _daphne("tuned", {}, path="/ws/", shows="nothing %d") as server:
        yield server


@contextmanager
def plain() -> Iterator[Server]:
    """Run a server that broadcasts with one awaited send after the other."""
    with _daphne("plain", {}, path="/ws/", shows="nothing %d") as server:
        yield server


@contextmanager
def socketio(*, coalesced: bool) -> Iterator[Server]:
    """Run Socket.IO, which sends each change, or at most one count per 250 ms.

    Raise ``nodejs.Unavailable`` if it cannot run.
    """
    nodejs.ensure_socketio()
    port, shape = free_port(), "coalesced" if coalesced else "seed"
    server = Server(
        f"socketio-{shape}",
        [str(nodejs.program()), str(nodejs.DIRECTORY / "server.js"), str(port), shape],
        {},
        port=port,
        path="/socket.io/?EIO=4&transport=websocket",
        shows='["count",%d]',
        speaks_socketio=True,
    )
    with _running(server):
        yield server


@contextmanager
def _daphne(name: str, given: Mapping[str, str], *, path: str, shows: str) -> Iterator[Server]:
    port = free_port()
    endpoint = f"tcp:port={port}:interface={HOST}:backlog={BACKLOG}"
    limits = ["--websocket-max-message-size", "65536", "--websocket-max-frame-size", "65536"]
    application = f"tests.load.bench.apps.{name}:application"
    command = [
        sys.executable,
        "-m",
        "daphne",
        "-v",
        "0",
        "--no-server-name",
        "-e",
        endpoint,
        *limits,
        application,
    ]
    with _running(Server(name, command, given, port=port, path=path, shows=shows)) as server:
        yield server


@contextmanager
def _running(server: Server) -> Iterator[Server]:
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.close()
