"""Tune the interpreter and the operating system's limits for many connections."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

#: Net allocations between two collections of the youngest generation, and collections of a
#: generation between two of the next older one. They are high for bursts of 6,000 connections
#: and more. :mod:`landing.live.garbage_scheduler` collects much earlier when traffic is low.
THRESHOLDS = (1_000_000, 5, 5)


def tune() -> None:
    """Exempt all loaded objects from garbage collection, and allow more open files.

    Call it once, after startup: modules and settings live as long as the process.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    _raise_file_limit()


def _raise_file_limit() -> None:
    """Raise the limit of open files to the hard limit, because each connection is a file."""
    if sys.platform == "win32":
        return
    import resource

    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Some systems report "unlimited" and then reject that value.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
