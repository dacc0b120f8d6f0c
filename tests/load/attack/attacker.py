"""One attack in its own process: ``python -m tests.load.attack.attacker NAME ...``.

It prints what became of its connections as one line of JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from itertools import count

from tests.load.attack.lines import Lines
from tests.load.attack.target import Target

#: The visitors and the servers come first on a machine with few cores.
NICENESS = 10


class Attacker(Lines):
    """An attacker with a target, a deadline, and numbers that are never repeated."""

    def __init__(self, target: Target, seconds: float, scale: float = 1.0) -> None:
        super().__init__()
        self.target = target
        self.numbers: Iterator[int] = count()
        #: share of the size of the attack, for a short test
        self.scale = scale
        self.seconds = seconds
        self._deadline = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline

    def scaled(self, size: int) -> int:
        """Return the size of the attack, at least 1."""
        return max(round(size * self.scale), 1)

    def pump_at_rate(self, per_second: float, timeout_seconds: float = 0.05) -> Iterator[int]:
        """Yield once per event that is due, and pump in between, until the deadline."""
        began, done = time.monotonic(), 0
        while not self.is_over:
            due = int((time.monotonic() - began) * per_second) + 1
            while done < due and not self.is_over:
                yield done
                done += 1
            self.pump(min(timeout_seconds, 1 / per_second))


def main() -> int:
    arguments = _arguments()
    os.nice(NICENESS)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    target = Target(tuple(arguments.ports), arguments.proxied)
    attacker = Attacker(target, arguments.seconds, arguments.scale)
    module, _, name = arguments.name.partition(".")
    began = time.monotonic()
    getattr(importlib.import_module(f"tests.load.attack.attacks.{module}"), name)(attacker)
    seconds = time.monotonic() - began
    figures = {**attacker.as_json(), "seconds": round(seconds, 1)}
    print(json.dumps({**figures, "cores": round(time.process_time() / seconds, 2)}))
    attacker.hang_up_all()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.attack.attacker")
    parser.add_argument("name", help="module and function, such as floods.pings")
    parser.add_argument("--ports", type=int, nargs="+", required=True)
    parser.add_argument("--proxied", action="store_true")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--scale", type=float, default=1.0)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
