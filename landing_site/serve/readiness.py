"""Which processes have reported that they listen: the receiving side of sd_notify."""

from __future__ import annotations

import socket
from pathlib import Path

from landing_site.startup import ready_report

MAX_MESSAGE_BYTES = 4096


class Readiness:
    """Receives the reports of workers on a datagram socket, and remembers their process ids."""

    def __init__(self, directory: Path) -> None:
        """Bind the socket in a directory that only this user can enter."""
        self.address = str(directory / "ready")
        self._pids: set[int] = set()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(self.address)

    def has(self, pid: int) -> bool:
        """Return whether this process has reported."""
        return pid in self._pids

    def forget(self, pid: int) -> None:
        """Forget a process that ended, because the system may reuse its id."""
        self.receive()
        self._pids.discard(pid)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def fileno(self) -> int:
        """Return the descriptor of the socket, for an event loop."""
        return self._socket.fileno()

    def receive(self) -> None:
        """Read all reports. Call it whenever the socket is readable: its queue is short."""
        while True:
            try:
                message = self._socket.recv(MAX_MESSAGE_BYTES)
            except BlockingIOError:
                return
            fields = dict(line.partition(b"=")[::2] for line in message.splitlines())
            process = fields.get(ready_report.PROCESS_FIELD.encode(), b"")
            if fields.get(b"READY") == b"1" and process.isdigit():
                self._pids.add(int(process))
