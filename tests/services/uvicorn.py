"""The site under another ASGI server than Daphne, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from tests.services.ports import HOST, free_port, wait_until
from tests.services.site import ROOT, environment, new_log


class UvicornServer:
    """One process, started once; a test may read its log until it is closed."""

    def __init__(self, given: Mapping[str, str], application: str) -> None:
        """Starts, and returns when it has begun to listen."""
        self.port = free_port()
        self._log = new_log("uvicorn-")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "--host", HOST, "--port", str(self.port)]
                + [application],
                cwd=ROOT,
                env=environment(given),
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
        return self._process.pid

    @property
    def log(self) -> str:
        """Everything it has printed."""
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        """Kill it, and remove its log."""
        self._process.kill()
        self._process.wait()
        self._log.unlink()

    def _listens(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"Uvicorn ended with status {self._process.returncode}")
        return "Uvicorn running on" in self.log
