"""What this process is told of memory and files, once everything is loaded.

Owns settings of the interpreter and the operating system, and no setting of the site.
"""

from __future__ import annotations

import gc
import sys

#: Objects made and not freed between two looks at the young ones, young generations
#: between two at the middle one, and those between two at all. A socket is about 90
#: objects in cycles that only the collector frees: it looks at the young after some 110
#: handshakes instead of 8, and at all, which takes 0.1 s with 10,000 sockets, after some
#: 3,500 (docs/performance.md).
THRESHOLDS = (10_000, 10, 3)


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

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
