"""Run the site under Uvicorn, to test it with an ASGI server other than Daphne."""

from __future__ import annotations

import signal
from collections.abc import Mapping

from tests.services.ports import HOST, free_port, wait_until
from tests.services.site import new_log, start_python


class UvicornServer:
    """One Uvicorn process. Its log can be read until :meth:`close`."""

    def __init__(self, variables: Mapping[str, str], application: str) -> None:
        """Start the server, and return when it listens."""
        self.port = free_port()
        self._log = new_log("uvicorn-")
        arguments = ["-m", "uvicorn", "--host", HOST, "--port", str(self.port), application]
        self._process = start_python(arguments, variables, self._log)
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

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit status."""
        self._process.send_signal(number)
        return self._process.wait(timeout=30)

    def close(self) -> None:
        """Kill the process, and delete its log file."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=30)
        self._log.unlink()

    def _listens(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"Uvicorn exited with status {self._process.returncode}")
        return "Uvicorn running on" in self.log
