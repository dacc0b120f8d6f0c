"""Ends processes when the program that started them has ended, however that happened.

:mod:`tests.services.children` runs this file. Each line of its input is a process id and the signal
that asks the process to end. The end of the input is the end of the program.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

#: How long processes may take to end before they are killed.
GRACE_SECONDS = 5.0


def main() -> None:
    # The program's terminal or process group may end, too.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: dict[int, tuple[str, int]] = {}
    for line in sys.stdin:
        process, number = map(int, line.split())
        watched[process] = _started(process), number
    deadline = time.monotonic() + GRACE_SECONDS
    _send({process: number for process, (_, number) in _running(watched).items()})
    while _running(watched) and time.monotonic() < deadline:
        time.sleep(0.05)
    _send(dict.fromkeys(_running(watched), signal.SIGKILL))


def _running(watched: dict[int, tuple[str, int]]) -> dict[int, tuple[str, int]]:
    """Keep the processes that have not ended. An id may belong to another process by now."""
    return {
        process: (started, number)
        for process, (started, number) in watched.items()
        if started and _started(process) == started
    }


def _send(numbers: dict[int, int]) -> None:
    for process, number in numbers.items():
        with suppress(ProcessLookupError):
            os.kill(process, number)
            # A paused process handles no other signal.
            os.kill(process, signal.SIGCONT)


def _started(process: int) -> str:
    """Return the start time of a running process in ticks; empty if it has ended."""
    try:
        # The name, in parentheses, may contain spaces. The state follows; Z has ended.
        state, *fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else fields[18]


if __name__ == "__main__":
    main()
