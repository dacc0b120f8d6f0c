"""What this process is told of memory and files, once everything is loaded.

Owns settings of the interpreter and the operating system, and no setting of the site.
"""

from __future__ import annotations

import gc
import sys

#: Objects made and not freed between two looks at the young ones, young generations
#: between two at the middle one, and those between two at all. A socket is about 100
#: objects in cycles, 30 KB, that only the collector frees; a look takes 0.4 µs an object.
#: So it looks after some 1,000 handshakes instead of 7, and lets at most about 35 MB lie.
THRESHOLDS = (100_000, 5, 2)


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
