"""Run the site under any server, such as one with several workers."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress

import httpx

from tests.services import http
from tests.services.ports import HOST, free_port, wait_until
from tests.services.site import new_log, start_python

APPLICATION = "landing_site.asgi:application"


def uvicorn(*options: str) -> list[str]:
    return ["-m", "uvicorn", "--host", HOST, "--port", "{port}", *options, APPLICATION]


def gunicorn(*options: str) -> list[str]:
    worker = "uvicorn_worker.UvicornWorker"
    return ["-m", "gunicorn", "-k", worker, "-b", f"{HOST}:{{port}}", *options, APPLICATION]


def hypercorn(*options: str) -> list[str]:
    return ["-m", "hypercorn", "-b", f"{HOST}:{{port}}", *options, APPLICATION]


class OtherServer:
    """One server with all its workers, in a process group of its own."""

    def __init__(
        self, variables: Mapping[str, str], arguments: list[str], *, may_fork: bool = False
    ) -> None:
        """Start the server. ``{port}`` in an argument becomes its port.

        ``may_fork``: it need not be the command of a deployment, but may share the import of its
        libraries with other servers of the tests.
        """
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._log = new_log("server-")
        self._process = start_python(
            [each.format(port=self.port) for each in arguments],
            variables,
            self._log,
            may_fork=may_fork,
            new_session=True,
        )

    @property
    def log(self) -> str:
        """Return the output of all its processes."""
        return self._log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """Return the id of the first process, which starts the workers."""
        return self._process.pid

    def wait_until_it_answers(self) -> None:
        """Wait for the first page."""
        wait_until(self._answers, "the server answers")

    def wait(self) -> int:
        """Wait until the server ends by itself, and return its status."""
        return self._process.wait(timeout=120)

    def stop(self) -> int:
        """Send SIGTERM, and return the status."""
        self.begin_to_stop()
        return self._process.wait(timeout=120)

    def begin_to_stop(self) -> None:
        """Send SIGTERM."""
        self._process.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Kill all its processes, and delete the log file."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        # A fork may not lead its group yet.
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=120)
        self._log.unlink()

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"The server ended: {self.log}")
        # A client takes much longer to create than a socket.
        if refuses_connections(self.port):
            return False
        try:
            # HEAD, because a GET would be recorded as a page view.
            return http.head(self.url + "/").status_code == 200
        except httpx.HTTPError:
            return False


def refuses_connections(port: int) -> bool:
    """Return whether nothing listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0
