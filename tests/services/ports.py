"""Find free TCP ports, and wait for a condition."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable
from itertools import cycle

HOST = "127.0.0.1"
#: Below the ephemeral ports that systems assign to clients.
FIRST, PORTS = 10_000, 20_000
#: Ports that one process reserves at a time.
BLOCK = 200


def _own_block() -> tuple[socket.socket, Iterable[int]]:
    """Reserve a block of ports for this process, while the returned socket is open."""
    blocks = PORTS // BLOCK
    for number in range(os.getpid(), os.getpid() + blocks):
        first = FIRST + number % blocks * BLOCK
        if held := _bound(first):
            return held, range(first + 1, first + BLOCK)
    raise RuntimeError(f"All blocks of {BLOCK} ports are reserved by other processes")


def _bound(port: int) -> socket.socket | None:
    """Return a socket that is bound to this port, or None if the port is in use."""
    held = socket.socket()
    try:
        held.bind((HOST, port))
    except OSError:
        held.close()
        return None
    return held


_held, _own = _own_block()
_numbers = cycle(_own)


def free_port() -> int:
    """Return a free port. It is not returned again soon, because a server needs seconds to bind."""
    while True:
        port = next(_numbers)
        if probe := _bound(port):
            probe.close()
            return port


def free_ports(count: int) -> int:
    """Return the first of ``count`` free ports in a row."""
    while True:
        ports = [free_port() for _ in range(count)]
        if ports[-1] == ports[0] + count - 1:
            return ports[0]


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Poll until ``ready()`` is true. Raise TimeoutError with ``what`` in its message."""
    deadline, pause = time.monotonic() + seconds, 0.02
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} within {seconds} s")
        time.sleep(pause)
        # A long wait polls less often, because many polls take CPU time of the awaited process.
        pause = min(1.2 * pause, 0.1)
