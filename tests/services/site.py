"""Run the site in other processes: management commands and Daphne servers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.services import children, forking
from tests.services.ports import HOST, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
#: The same as in the Procfile.
BACKLOG = 4096
#: Short intervals, for a test that waits until one of them has passed.
QUICK = {
    "LANDING_HEARTBEAT_SECONDS": "1",
    "LANDING_LEASE_SECONDS": "3",
    "LANDING_LINGER_SECONDS": "1",
}
#: No limits per network, because all clients of a test or a measurement are one network.
UNLIMITED = {
    "LANDING_NETWORK_MAX_CONNECTIONS": "0",
    "LANDING_NETWORK_MAX_PEOPLE": "0",
    "LANDING_NETWORK_HANDSHAKES_PER_SECOND": "0",
    "LANDING_NETWORK_REQUESTS_PER_SECOND": "0",
    "LANDING_MAX_FRAMES_PER_SECOND": "0",
}
#: How long a command may take.
TIMEOUT_SECONDS = 120.0
#: The only variables that a child process inherits.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return a clean environment plus these variables."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    # ENV_FILE keeps a developer's .env file out of the tests.
    return {**inherited, "PYTHONUNBUFFERED": "1", "ENV_FILE": os.devnull, **variables}


def python(
    *arguments: str, timeout_seconds: float = TIMEOUT_SECONDS, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run Python in the project's root directory, in a clean environment plus these variables."""
    if forker := forking.find(arguments, variables):
        return forker.run(arguments, environment(variables), timeout_seconds)
    return children.run(
        [sys.executable, *arguments],
        timeout_seconds,
        cwd=ROOT,
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def manage(*arguments: str, timeout_seconds: float = TIMEOUT_SECONDS, **variables: str) -> str:
    """Run a management command and return its output. Raise RuntimeError if it fails."""
    done = python("manage.py", *arguments, timeout_seconds=timeout_seconds, **variables)
    if done.returncode != 0:
        raise RuntimeError(f"manage.py {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def with_own_database(variables: Mapping[str, str], directory: Path) -> dict[str, str]:
    """Copy the SQLite database into the directory, and return the variables for the copy."""
    migrated = variables["DATABASE_URL"].removeprefix("sqlite:///")
    database = shutil.copy(migrated, directory / "site.sqlite3")
    return {**variables, "DATABASE_URL": f"sqlite:///{database}"}


def new_log(prefix: str) -> Path:
    """Create an empty log file. The caller deletes it."""
    descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=".log")
    os.close(descriptor)
    return Path(name)


def start_python(
    arguments: Sequence[str],
    variables: Mapping[str, str],
    log: Path,
    descriptors: Sequence[int] = (),
    *,
    may_fork: bool = True,
    new_session: bool = False,
) -> subprocess.Popen[bytes] | forking.Fork:
    """Start Python in the background, like :func:`python`. It appends its output to ``log``.

    ``descriptors``: files that it inherits. Forks inherit none.
    ``new_session``: it leads a session and a process group of its own.
    """
    forker = forking.find(arguments, variables) if may_fork and not descriptors else None
    with log.open("ab") as output:
        if forker is not None:
            number = output.fileno()
            return forker.start(
                arguments, environment(variables), number, number, new_session=new_session
            )
        return children.start(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=descriptors,
            start_new_session=new_session,
        )


class DaphneServer:
    """A Daphne server as in production. It keeps its port when it restarts."""

    def __init__(
        self,
        variables: Mapping[str, str],
        *options: str,
        application: str = "landing_site.asgi:application",
        backlog: int | None = BACKLOG,
        listening_socket: socket.socket | None = None,
    ) -> None:
        """Prepare a server on a free port.

        ``options``: command-line options of Daphne, such as ``-v 0``.
        ``backlog``: None for Daphne's default with a host and a port.
        ``listening_socket``: serve on this socket instead.
        """
        self.port = listening_socket.getsockname()[1] if listening_socket else free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.ws_url = f"ws://{HOST}:{self.port}/ws/landing/"
        self.environment = dict(variables)
        self._descriptors = [] if listening_socket is None else [listening_socket.fileno()]
        limits = ["--websocket-max-message-size", "65536"]
        self._arguments = [*limits, *self._listen_options(backlog), *options, application]
        # Other ways to listen start with the command of a deployment.
        self._may_fork = backlog is not None
        self._log = new_log("daphne-")
        self._process: subprocess.Popen[bytes] | forking.Fork | None = None

    @property
    def pid(self) -> int:
        """Return the process id."""
        assert self._process is not None, "Daphne is not running"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Return whether the process runs, paused or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """Return the output of all its processes."""
        return self._log.read_text(errors="replace")

    def records(self, logger: str = "") -> list[dict[str, Any]]:
        """Return the log records in JSON of the loggers whose names begin so."""
        lines = (line for line in self.log.splitlines() if line.startswith("{"))
        records: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [record for record in records if record["logger"].startswith(logger)]

    def start(self) -> None:
        """Start the process, and return when it answers."""
        self.launch()
        try:
            wait_until(self._answers, "Daphne answers")
        except BaseException:
            self.kill()
            print(self.log)
            raise

    def launch(self) -> None:
        """Start the process, and return immediately, without a request."""
        arguments = ["-m", "daphne", *self._arguments]
        self._process = start_python(
            arguments, self.environment, self._log, self._descriptors, may_fork=self._may_fork
        )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send SIGTERM, as a deploy does, or another signal. Return the exit status."""
        return self._end(number)

    def kill(self) -> int:
        """Send SIGKILL, which has the effect of a crash. Return the exit status."""
        return self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Accept connections but do not answer, until :meth:`resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Answer again."""
        self._signal(signal.SIGCONT)

    def manage(self, *arguments: str, **variables: str) -> str:
        """Run a management command in this server's environment, and return its output."""
        return manage(*arguments, **{**self.environment, **variables})

    def close(self) -> None:
        """Kill the process if it runs, and delete the log file."""
        if self._process is not None:
            self.kill()
        self._log.unlink()

    def _listen_options(self, backlog: int | None) -> list[str]:
        if self._descriptors:
            return ["--fd", str(self._descriptors[0])]
        if backlog is None:
            return ["-b", HOST, "-p", str(self.port)]
        return ["-e", f"tcp:port={self.port}:interface={HOST}:backlog={backlog}"]

    def _end(self, number: signal.Signals) -> int:
        self._signal(number)
        assert self._process is not None
        status = self._process.wait(timeout=30)
        self._process = None
        return status

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "Daphne is not running"
        self._process.send_signal(number)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"Daphne exited with status {self._process.returncode}")
        # HEAD, because a GET would be recorded as a page view.
        request = urllib.request.Request(self.url + "/", method="HEAD")
        try:
            with urllib.request.urlopen(request, timeout=5):
                return True
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"Daphne responded to / with {error.code}") from error
        except OSError:
            return False
