"""Work that all test processes of a run share: the first one does it, the others wait."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

Build = Callable[[Path], None]


def once(factory: pytest.TempPathFactory, name: str, build: Build) -> Path:
    """Return a directory that ``build`` has filled once in this run, in any process."""
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    directory, finished = run / name, run / f"{name}.finished"
    with (run / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            directory.mkdir()
            build(directory)
            finished.touch()
    return directory
