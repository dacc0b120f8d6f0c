"""Send random and mutated input, and requests from the schema: ``python -m tests.load.fuzz``.

The exit status is 1 if a bound was missed. The same seed sends the same input.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from django.db import connections

from tests.load.attack.meter import TRACEBACK
from tests.load.attack.report import Outcome, table
from tests.load.attack.stage import running
from tests.load.fuzz import schema, stage
from tests.load.truth import deployment
from tests.load.truth.report import Bound
from tests.services import children

FRAMES, REQUESTS = 100_000, 20_000
#: Requests from the schema per operation, once without and once with a token.
EXAMPLES = 300
#: Share of the input that is also sent before the memory is measured.
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
        if arguments.examples:
            outcomes.append(_send_from_schema(given, arguments.seed, arguments.examples))
    print(table(outcomes))
    return 1 if any(outcome.missed for outcome in outcomes) else 0


def _send_from_schema(given: dict[str, str], seed: int, examples: int) -> Outcome:
    """Return how many of two runs failed, and print their output."""
    print("requests from the schema ...", file=sys.stderr, flush=True)
    with running({**given, **schema.UNLIMITED}) as [server], tempfile.TemporaryDirectory() as place:
        failed = 0
        for token in (None, schema.create_token(server)):
            done = schema.run(server, Path(place), seed=seed, examples=examples, token=token)
            failed += done.returncode != 0
            if done.returncode != 0:
                print(done.stdout, file=sys.stderr)
        tracebacks = server.log.count(TRACEBACK)
    bounds = [Bound("failed", failed, 0), Bound("tracebacks", tracebacks, 0)]
    return Outcome("requests from the schema", bounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
