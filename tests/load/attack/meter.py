"""Measures the attacked processes: memory, processor time, temporary files, and log lines."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.services.site import DaphneServer

PERIOD_SECONDS = 0.25
#: Looking through the files of a process with more of them would delay the measurement of pings.
MOST_FILES = 1_500
TRACEBACK = "Traceback (most recent call last)"


class Meter:
    """The figures of all processes together, from its creation on."""

    def __init__(self, servers: Sequence[DaphneServer]) -> None:
        self._servers = servers
        self._processes = [psutil.Process(server.pid) for server in servers]
        self._before_bytes = [process.memory_info().rss for process in self._processes]
        self._log_sizes = [len(server.log) for server in servers]
        self._began, self._began_cpu = time.monotonic(), self._cpu_seconds()
        #: highest growth of one process, and highest size of its temporary files
        self.memory_mb = self.disk_mb = 0.0

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            self.sample()
            await asyncio.sleep(PERIOD_SECONDS)

    def sample(self) -> None:
        for process, before_bytes in zip(self._processes, self._before_bytes, strict=True):
            if process.is_running():
                grown_bytes = process.memory_info().rss - before_bytes
                self.memory_mb = max(self.memory_mb, grown_bytes / 1e6)
                self.disk_mb = max(self.disk_mb, _file_bytes(process.pid) / 1e6)

    def growth_mb(self) -> float:
        """Return the growth of the process that has grown most, now."""
        both = zip(self._processes, self._before_bytes, strict=True)
        return max(process.memory_info().rss - before for process, before in both) / 1e6

    def cores(self) -> float:
        """Return the processor time per second, of all processes."""
        return (self._cpu_seconds() - self._began_cpu) / (time.monotonic() - self._began)

    def new_log(self) -> str:
        """Return what the processes have logged."""
        logs = zip(self._servers, self._log_sizes, strict=True)
        return "".join(server.log[size:] for server, size in logs)

    def _cpu_seconds(self) -> float:
        times = [process.cpu_times() for process in self._processes]
        return float(sum(each.user + each.system for each in times))


def _file_bytes(pid: int) -> int:
    """Return the size of the temporary files of a process, which may have no name."""
    directory = Path(f"/proc/{pid}/fd")
    descriptors = os.listdir(directory)
    if len(descriptors) > MOST_FILES:
        return 0
    return sum(_temporary_bytes(directory / name) for name in descriptors)


def _temporary_bytes(descriptor: Path) -> int:
    try:
        status = descriptor.stat()
    except OSError:
        return 0
    # Files of the database have a name; a temporary file has none as soon as it is open.
    is_temporary = stat.S_ISREG(status.st_mode) and status.st_nlink == 0
    return status.st_size if is_temporary else 0
