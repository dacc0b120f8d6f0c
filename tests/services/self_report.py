"""A program that prints its own state as JSON, and then ends or waits for a signal."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time


def main() -> None:
    report = {
        "name": __name__,
        "arguments": sys.argv,
        "path": [os.path.abspath(folder) for folder in sys.path],
        "directory": os.getcwd(),
        "environment": dict(os.environ),
        "time zone": time.tzname,
        "group": os.getpgrp(),
        "session": os.getsid(0),
        "signals": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "threads": threading.active_count(),
        "files": [os.path.realpath(f"/proc/self/fd/{number}") for number in (0, 1, 2)],
        "open files": sum(os.path.exists(f"/proc/self/fd/{number}") for number in range(100)),
        "flags": str(sys.flags),
        "buffered": [sys.stdout.write_through, sys.stderr.write_through],
        "encodings": [sys.stdout.encoding, sys.stderr.encoding],
        "reactor": "twisted.internet.reactor" in sys.modules,
    }
    print(json.dumps(report))
    print("an error line", file=sys.stderr)
    if sys.argv[1] == "wait":
        signal.pause()
    sys.exit(int(sys.argv[1]))


if __name__ == "__main__":
    main()
