"""Start processes that end with this program, however it ends: an exception, a signal, a kill."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from landing_site.startup import parent_watch

REAPER = Path(__file__).with_name("reaper.py")

_lock = threading.Lock()


def start(command: Sequence[str | os.PathLike[str]], **options: Any) -> subprocess.Popen[Any]:
    """Start a process, with the options of :class:`subprocess.Popen`."""
    process = subprocess.Popen(command, **options)
    watch(process.pid)
    return process


def run(
    command: Sequence[str], timeout_seconds: float | None = None, **options: Any
) -> subprocess.CompletedProcess[Any]:
    """Run a process to its end, with the options of :class:`subprocess.Popen`."""
    with start(command, **options) as process:
        try:
            output, errors = process.communicate(timeout=timeout_seconds)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def watch(process: int, number: signal.Signals = signal.SIGTERM) -> None:
    """Send this signal to a running process when this program ends, and kill it if it stays."""
    with _lock:
        pipe = _reaper().stdin
        assert pipe is not None
        os.write(pipe.fileno(), f"{process} {int(number)}\n".encode())


def end_on_signals(*, follows_any_parent: bool = False) -> None:
    """Make SIGTERM and SIGHUP interrupt this program like Ctrl-C.

    It also ends with make, and with any other parent if ``follows_any_parent``.
    """
    # A shell that starts a program in the background has it ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    if follows_any_parent or "MAKELEVEL" in os.environ:
        parent_watch.follow()


def _interrupt(*_: object) -> None:
    # asyncio replaces the handler of SIGINT, and ends its tasks first.
    signal.raise_signal(signal.SIGINT)


# Registered before the servers of this program, so that they end first.
@atexit.register
def _end_reaper() -> None:
    if _reaper.cache_info().currsize:
        _reaper().communicate()


@cache
def _reaper() -> subprocess.Popen[bytes]:
    """Start the reaper, in a session of its own. It waits for the end of its input."""
    reaper = subprocess.Popen(
        [sys.executable, "-I", "-S", REAPER],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert reaper.stdin is not None
    # A fork must not keep the pipe open.
    os.register_at_fork(after_in_child=reaper.stdin.close)
    return reaper
