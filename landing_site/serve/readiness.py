"""Which processes have reported that they listen: the receiving side of sd_notify."""

from __future__ import annotations

import socket
from pathlib import Path

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
        self._receive()
        return pid in self._pids

    def forget(self, pid: int) -> None:
        """Forget a process that ended, because the system may reuse its id."""
        self._receive()
        self._pids.discard(pid)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _receive(self) -> None:
        while True:
            try:
                message = self._socket.recv(MAX_MESSAGE_BYTES)
            except BlockingIOError:
                return
            fields = dict(line.partition(b"=")[::2] for line in message.splitlines())
            if fields.get(b"READY") == b"1" and fields.get(b"MAINPID", b"").isdigit():
                self._pids.add(int(fields[b"MAINPID"]))
