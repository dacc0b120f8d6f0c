"""A load program in its own process, for tests. Several run in parallel, as they mostly wait."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

from tests.services import forking
from tests.services.site import start_python

TIMEOUT_SECONDS = 300


class Program:
    """A running program that writes its figures to a file."""

    def __init__(self, module: str, directory: Path, *arguments: str) -> None:
        """Start the program. ``directory`` is for its output."""
        self._figures, self._log = directory / "figures.json", directory / "log"
        command = ["-m", module, *arguments, "--json", str(self._figures)]
        # Its servers are forks of the process that the test processes share.
        shared = {key: value for key, value in os.environ.items() if key == forking.VARIABLE}
        self._process = start_python(command, shared, self._log)

    def end(self) -> tuple[int, str, Any]:
        """Wait for the end. Return the exit status, the output, and the figures."""
        status = self._process.wait(timeout=TIMEOUT_SECONDS)
        output = self._log.read_text()
        assert self._figures.exists(), output
        return status, output, json.loads(self._figures.read_text())

    def close(self) -> None:
        """Kill the program if it runs."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=30)
