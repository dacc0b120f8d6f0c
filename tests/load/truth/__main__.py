"""Run the scenarios and print the table: ``python -m tests.load.truth``.

The exit status is 1 if a bound was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tests.load import timing
from tests.load.truth import BREAK, PAGES, RULES, deployment
from tests.load.truth.report import Bound, Outcome, complaints, table
from tests.services import children, forking, postgres
from tests.services.site import environment

SCENARIOS = (
    *("churn", "places", "kill", "stop", "term", "rolling", "supervised"),
    *("redis-empty", "redis-data", "redis-paused", "idle", "million"),
)
#: A harness with a longer delay is too slow to observe the servers.
MAX_LATE_SECONDS = 0.25


def main() -> int:
    """Run the chosen scenarios, print the table, and return the exit status."""
    arguments = _arguments()
    children.end_on_signals()
    forks = forking.enabled(environment({})) if arguments.fork else contextlib.nullcontext()
    with tempfile.TemporaryDirectory(prefix="truth-") as directory, forks:
        outcomes = _run(arguments, Path(directory))
    print(table(outcomes))
    for complaint in complaints(outcomes):
        print(complaint)
    if arguments.json:
        content = [outcome.as_json() for outcome in outcomes]
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")
    return 1 if any(outcome.missed for outcome in outcomes) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.truth", description=__doc__)
    parser.add_argument(
        "--scenario", action="append", choices=SCENARIOS, help="run only this scenario"
    )
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument(
        "--pages", type=int, default=PAGES, help=f"pages that people are on ({PAGES})"
    )
    timing.add_options(parser)
    parser.add_argument("--max-error", type=float, default=0.01, metavar="SHARE")
    parser.add_argument("--break", dest="rule", choices=RULES, help="turn this rule off")
    parser.add_argument("--static", type=Path, metavar="DIR", help="static files, collected before")
    database = parser.add_mutually_exclusive_group()
    database.add_argument("--migrated", type=Path, metavar="FILE", help="copy this SQLite file")
    database.add_argument("--postgres", action="store_true", help="use PostgreSQL, not SQLite")
    parser.add_argument(
        "--fork", action="store_true", help="let servers share the import of libraries, for tests"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    return parser.parse_args()


def _tunables(arguments: argparse.Namespace) -> dict[str, str]:
    given = timing.variables(arguments)
    if arguments.postgres:
        given["DATABASE_URL"] = postgres.create_database()
    if arguments.rule:
        given[BREAK] = arguments.rule
    return given


def _run(arguments: argparse.Namespace, directory: Path) -> list[Outcome]:
    given = deployment.prepare(
        directory, _tunables(arguments), arguments.static, arguments.migrated
    )
    # Imported late, because these modules need the site's settings.
    from landing import conf
    from tests.load.truth import idle, scenarios
    from tests.load.truth.people import create_accounts, create_staff
    from tests.load.truth.stage import Theatre

    logging.getLogger("httpx").setLevel(logging.WARNING)
    accounts = create_accounts(arguments.people)
    theatre = Theatre(
        given,
        conf.read(),
        accounts,
        arguments.processes,
        arguments.people,
        arguments.max_error,
        arguments.pages,
        create_staff(),
    )
    outcomes = []
    for name in arguments.scenario or SCENARIOS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        if name == "million":
            outcomes.append(_million())
            continue
        module = idle if name == "idle" else scenarios
        outcomes.append(_play(name, getattr(module, name.replace("-", "_"))(theatre)))
    return outcomes


def _play(name: str, scenario: Coroutine[Any, Any, Outcome]) -> Outcome:
    try:
        outcome = asyncio.run(scenario)
    except TimeoutError as error:
        print(f"{name} could not be played: {error}", file=sys.stderr)
        return Outcome(name, bounds=[Bound("playable", None, 0)])
    for what, value in outcome.notes.items():
        print(f"    {what}: {value}", file=sys.stderr)
    if outcome.notes["harness_late_seconds"] > MAX_LATE_SECONDS:
        print("    This machine is too busy for these figures.", file=sys.stderr)
    return outcome


def _million() -> Outcome:
    """Run the separate program for a million people, which prints its own figures."""
    done = children.run([sys.executable, "-m", "tests.load.presence_scale"])
    return Outcome("1,000,000 people in Redis", bounds=[Bound("failed", done.returncode, 0)])


if __name__ == "__main__":
    sys.exit(main())
