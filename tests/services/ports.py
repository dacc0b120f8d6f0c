"""Free TCP ports, and when one answers."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from itertools import count

HOST = "127.0.0.1"
#: Below those that systems give to whoever connects.
FIRST, PORTS = 10_000, 20_000
#: Far from those of a process that was started just before or after.
_numbers = count(os.getpid() * 131)


def free_port() -> int:
    """Never the same one again: a server takes it only seconds later, and others look, too."""
    while True:
        port = FIRST + next(_numbers) % PORTS
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Ask until it is so. Raises TimeoutError that names ``what``."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} within {seconds} s")
        time.sleep(0.02)
