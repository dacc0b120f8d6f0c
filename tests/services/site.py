"""The site in processes of its own: management commands and Daphne servers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.services.ports import HOST, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
#: As in the Procfile.
BACKLOG = 4096
#: What a child inherits of this process's environment; all else is given.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """A clean environment with what is ``given``."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    # A developer's own .env is not part of the tests.
    return {**inherited, "PYTHONUNBUFFERED": "1", "ENV_FILE": os.devnull, **given}


def python(*arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments at the project's root, in a clean environment."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(given),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def manage(*arguments: str, **given: str) -> str:
    """Run a management command and return what it prints; raises when it fails."""
    done = python("manage.py", *arguments, **given)
    if done.returncode != 0:
        raise RuntimeError(f"manage.py {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def with_own_database(given: Mapping[str, str], directory: Path) -> dict[str, str]:
    """The same environment, with a copy of its SQLite database in that directory."""
    migrated = given["DATABASE_URL"].removeprefix("sqlite:///")
    database = shutil.copy(migrated, directory / "site.sqlite3")
    return {**given, "DATABASE_URL": f"sqlite:///{database}"}


def new_log(prefix: str) -> Path:
    """An empty file of its own, to be removed by who asked for it."""
    descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=".log")
    os.close(descriptor)
    return Path(name)


class DaphneServer:
    """One Daphne process as in production, on one port for its whole life."""

    def __init__(
        self,
        given: Mapping[str, str],
        *options: str,
        application: str = "landing_site.asgi:application",
        backlog: int | None = BACKLOG,
        handed: socket.socket | None = None,
    ) -> None:
        """``options`` as on the command line, such as ``-v 0``.

        ``backlog``: None is what Daphne does when it is given a host and a port.
        ``handed``: a socket that listens already; else it listens on a free port.
        """
        self.port = handed.getsockname()[1] if handed else free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.ws_url = f"ws://{HOST}:{self.port}/ws/landing/"
        self.environment = dict(given)
        self._handed = [] if handed is None else [handed.fileno()]
        self._arguments = [*self._listening(backlog), *options, application]
        self._log = new_log("daphne-")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "Daphne is not running"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """Everything it has printed."""
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        """Start, and return when it answers."""
        self.launch()
        try:
            wait_until(self._answers, "Daphne answers")
        except BaseException:
            self.kill()
            print(self.log)
            raise

    def launch(self) -> None:
        """Start, and return at once: nothing is asked of it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "daphne"]
                + ["--websocket-max-message-size", "65536", *self._arguments],
                cwd=ROOT,
                env=environment(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self._handed,
            )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """SIGTERM, as a deploy does, or another signal; the exit status."""
        return self._end(number)

    def kill(self) -> int:
        """SIGKILL, as a crash; the exit status."""
        return self._end(signal.SIGKILL)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def manage(self, *arguments: str, **given: str) -> str:
        """A management command in this server's environment."""
        return manage(*arguments, **{**self.environment, **given})

    def close(self) -> None:
        """Kill it if it still runs, and remove its log."""
        if self._process is not None:
            self.kill()
        self._log.unlink()

    def _listening(self, backlog: int | None) -> list[str]:
        if self._handed:
            return ["--fd", str(self._handed[0])]
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
            raise RuntimeError(f"Daphne ended with status {self._process.returncode}")
        # HEAD: a page view is recorded only for a page that somebody gets.
        request = urllib.request.Request(self.url + "/", method="HEAD")
        try:
            with urllib.request.urlopen(request, timeout=5):
                return True
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"Daphne answers / with {error.code}") from error
        except OSError:
            return False
