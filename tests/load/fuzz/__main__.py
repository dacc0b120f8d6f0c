"""Send random and mutated input to the site: ``python -m tests.load.fuzz``.

The exit status is 1 if a bound was missed. The same seed sends the same input.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from django.db import connections

from tests.load.attack.report import table
from tests.load.fuzz import stage
from tests.load.truth import deployment
from tests.services import children

FRAMES, REQUESTS = 100_000, 20_000
#: Share of the input that is also sent before the memory is measured. Python's heap stops to grow
#: when the garbage of the busiest moments has fit into it once.
WARM_UP = 0.6


def main() -> int:
    """Send frames, then requests. Print the table, and the log if something was logged."""
    arguments = _arguments()
    print(f"seed {arguments.seed}", flush=True)
    children.end_on_signals()
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="fuzz-") as directory:
        given = deployment.prepare(Path(directory), {})
        # The last connection writes SQLite's log into the file, of which each server gets a copy.
        connections.close_all()
        for kind, count in (("frames", arguments.frames), ("requests", arguments.requests)):
            if not count:
                continue
            print(f"{count:,} {kind} ...", file=sys.stderr, flush=True)
            plan = stage.Plan(given, arguments.seed, count, round(WARM_UP * count))
            outcome, log = stage.play(kind, plan)
            outcomes.append(outcome)
            print(f"    {outcome.figures['sender']}", file=sys.stderr)
            if outcome.missed:
                print(log, file=sys.stderr)
    print(table(outcomes))
    return 1 if any(outcome.missed for outcome in outcomes) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
