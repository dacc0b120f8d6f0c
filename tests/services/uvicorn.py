"""Run the site under Uvicorn, to test it with an ASGI server other than Daphne."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from tests.services import children
from tests.services.ports import HOST, free_port, wait_until
from tests.services.site import ROOT, environment, new_log


class UvicornServer:
    """One Uvicorn process. Its log can be read until :meth:`close`."""

    def __init__(self, variables: Mapping[str, str], application: str) -> None:
        """Start the server, and return when it listens."""
        self.port = free_port()
        self._log = new_log("uvicorn-")
        with self._log.open("ab") as log:
            self._process = children.start(
                [sys.executable, "-m", "uvicorn", "--host", HOST, "--port", str(self.port)]
                + [application],
                cwd=ROOT,
                env=environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            wait_until(self._listens, "Uvicorn listens")
        except BaseException:
            print(self.log)
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def log(self) -> str:
        """Return the output of the process."""
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        """Kill the process, and delete its log file."""
        self._process.kill()
        self._process.wait()
        self._log.unlink()

    def _listens(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"Uvicorn exited with status {self._process.returncode}")
        return "Uvicorn running on" in self.log
