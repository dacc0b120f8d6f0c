"""End this process when its parent ends, so that no server stays behind on its port.

A terminal that closes ends all of its processes. A signal to one process does not: the children
of a killed parent continue, and make waits for its command after an interrupt.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

POLL_SECONDS = 0.5
#: make handles each of these once. Then it waits for its command, which did not get the signal.
INTERRUPTS = (signal.SIGINT, signal.SIGHUP) if sys.platform != "win32" else ()


def follow(starter: int | None = None) -> None:
    """Send SIGTERM to this process soon after its parent has ended, or make was interrupted.

    ``starter`` is the process id of the parent, if it is known: it may have ended already. Without
    it, a process that was started with nohup is meant to outlive its parent and does not follow.
    """
    if sys.platform == "win32":
        return
    if starter is None and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return
    parent = starter or os.getppid()
    handled = _interrupts_of_make(parent)

    def watch() -> None:
        while os.getppid() == parent and _interrupts_of_make(parent) == handled:
            time.sleep(POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _interrupts_of_make(process: int) -> int:
    """Return the interrupts that make handles as a bit mask; 0 for another program."""
    # Only Linux has this file, and it is gone when the process is.
    with suppress(OSError):
        return _parse_interrupts(Path(f"/proc/{process}/status").read_text("utf-8", "replace"))
    return 0


def _parse_interrupts(status: str) -> int:
    """Return those interrupts from the text of the process's status file."""
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    if fields["Name"] not in ("make", "gmake"):
        return 0
    return int(fields["SigCgt"], 16) & sum(1 << (each - 1) for each in INTERRUPTS)
