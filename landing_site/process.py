"""What this process is told of memory and files, once everything is loaded.

Owns settings of the interpreter and the operating system, and no setting of the site.
"""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

#: Objects made and not freed between two looks of the collector at the young ones, and how
#: many of these looks there are between two at older ones. :mod:`landing.live.transport.garbage`
#: has it look much earlier, when it is calm; this is for a storm of 6,000 sockets and more.
THRESHOLDS = (1_000_000, 5, 5)


def settle() -> None:
    """After start-up: nothing that was loaded is garbage, and a storm is mostly not, either."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    _raise_file_limit()


def _raise_file_limit() -> None:
    """As far as the operator allows it: a socket is a file."""
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Some systems say that there is no limit and then take no such number.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
