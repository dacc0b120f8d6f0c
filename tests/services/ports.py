"""Free TCP ports, and when one answers."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable
from itertools import cycle

HOST = "127.0.0.1"
#: Below those that systems give to whoever connects.
FIRST, PORTS = 10_000, 20_000
#: So many at a time belong to one process.
BLOCK = 200


def _own_block() -> tuple[socket.socket, Iterable[int]]:
    """Ports that no other process of the tests hands out, as long as the socket is bound."""
    blocks = PORTS // BLOCK
    for number in range(os.getpid(), os.getpid() + blocks):
        first = FIRST + number % blocks * BLOCK
        if held := _bound(first):
            return held, range(first + 1, first + BLOCK)
    raise RuntimeError(f"Each block of {BLOCK} ports belongs to another process")


def _bound(port: int) -> socket.socket | None:
    """A socket that is bound to this port and does not listen; None where another has it."""
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
    """Not the same one again for long: a server takes it only seconds later."""
    while True:
        port = next(_numbers)
        if probe := _bound(port):
            probe.close()
            return port


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Ask until it is so. Raises TimeoutError that names ``what``."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} within {seconds} s")
        time.sleep(0.02)
