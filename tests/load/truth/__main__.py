"""``python -m tests.load.truth``: the arguments, the table, and 1 where a bound was missed."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.load.truth import BREAK, RULES, deployment
from tests.load.truth.report import Bound, Outcome, complaints, table


def main() -> int:
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="truth-") as directory:
        outcomes = _run(arguments, Path(directory))
    print(table(outcomes))
    for complaint in complaints(outcomes):
        print(complaint)
    if arguments.json:
        content = [outcome.as_json() for outcome in outcomes]
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")
    return 1 if any(outcome.missed for outcome in outcomes) else 0


SCENARIOS = (
    *("churn", "kill", "stop", "term", "rolling", "redis-empty", "redis-data", "redis-paused"),
    *("idle", "million"),
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.truth", description=__doc__)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="only these")
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--heartbeat", type=float, metavar="SECONDS")
    parser.add_argument("--lease", type=float, metavar="SECONDS")
    parser.add_argument("--linger", type=float, metavar="SECONDS")
    parser.add_argument("--break", dest="rule", choices=RULES, help="switch this rule off")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    return parser.parse_args()


def _tunables(arguments: argparse.Namespace) -> dict[str, str]:
    given = {
        f"LANDING_{name.upper()}_SECONDS": str(value)
        for name in ("heartbeat", "lease", "linger")
        if (value := getattr(arguments, name)) is not None
    }
    if arguments.heartbeat is not None:
        given["LANDING_REDIS_TIMEOUT_SECONDS"] = str(0.8 * arguments.heartbeat)
        given["LANDING_STATS_REFRESH_SECONDS"] = str(arguments.heartbeat)
    if arguments.rule:
        given[BREAK] = arguments.rule
    return given


def _run(arguments: argparse.Namespace, directory: Path) -> list[Outcome]:
    given = deployment.prepare(directory, _tunables(arguments))
    # Only now, as these need the site's settings.
    from landing import conf
    from tests.load.truth import idle, scenarios
    from tests.load.truth.people import Population, create_accounts
    from tests.load.truth.stage import Theatre

    population = Population(create_accounts(arguments.people))
    theatre = Theatre(given, conf.read(), population, arguments.processes, arguments.people)
    outcomes = []
    for name in arguments.scenario or SCENARIOS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        if name == "million":
            outcomes.append(_million())
        elif name == "idle":
            outcomes.append(asyncio.run(idle.idle(theatre)))
        else:
            scenario = getattr(scenarios, name.replace("-", "_"))
            outcomes.append(asyncio.run(scenario(theatre)))
    return outcomes


def _million() -> Outcome:
    """The row about a million people has a program of its own, which prints its figures."""
    done = subprocess.run([sys.executable, "-m", "tests.load.presence_scale"])
    return Outcome("1,000,000 people in Redis", bounds=[Bound("missed", done.returncode, 0)])


if __name__ == "__main__":
    sys.exit(main())
