"""Run the soak and print its tables: ``python -m tests.load.soak``.

The exit status is 1 if a bound was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from pathlib import Path

from tests.load import timing
from tests.load.soak import LEAK, LEAKS
from tests.load.truth import deployment
from tests.services import children, postgres

#: Of the minutes, if they are few.
WARM_UP_MINUTES, WARM_UP_SHARE = 5.0, 1 / 6
#: Few enough that all are known after the warm-up, and enough for their visitors of one hour.
FEWEST_NETWORKS, NETWORKS_PER_CHURN = 1000, 200

#: Long enough to become slow, and too short to be closed.
PAUSE_SECONDS = 12.0


def main() -> int:
    """Run the soak, print the tables, and return the exit status."""
    arguments = _arguments()
    children.end_on_signals()
    with tempfile.TemporaryDirectory(prefix="soak-") as directory:
        given = deployment.prepare(Path(directory), _tunables(arguments), arguments.static)
        # Imported late, because these modules need the site's settings.
        from tests.load.simulate import report
        from tests.load.soak import course, judge
        from tests.load.soak.stage import Plan

        plan = Plan(
            seconds=60 * arguments.minutes,
            warm_up_seconds=60 * arguments.warm_up,
            people=arguments.people,
            churn=arguments.churn,
            slow_consumers=arguments.slow,
            networks=arguments.networks,
            workers=arguments.workers,
            sample_seconds=arguments.sample,
            churn_seconds=arguments.rest,
            pause_seconds=arguments.pause,
        )
        # One line per scrape is too many.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        population, token = course.prepare(plan)
        if arguments.leak:
            given |= {
                "DJANGO_SETTINGS_MODULE": "tests.load.soak.leaking",
                LEAK: ",".join(arguments.leak),
            }
        outcome = asyncio.run(course.run(plan, given, population, token))
    print(f"{plan}\n")
    print(judge.table(outcome.growths), report.table(outcome.figures), sep="\n\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(outcome.as_json(), indent=2) + "\n")
    return 1 if outcome.is_missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument(
        "--warm-up", type=float, metavar="MINUTES", help="not judged; 5, or a sixth of the minutes"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--people", type=int, default=250)
    parser.add_argument(
        "--churn",
        type=float,
        default=5,
        metavar="PEOPLE",
        help="people per second who reload, or who leave while another one arrives",
    )
    parser.add_argument("--slow", type=int, default=10, help="slow consumers at a time")
    parser.add_argument(
        "--networks",
        type=int,
        help="that people come from; 0: one for each, which a worker remembers for an hour",
    )
    parser.add_argument(
        "--sample", type=float, default=5, metavar="SECONDS", help="between samples"
    )
    parser.add_argument("--rest", type=float, default=60, metavar="SECONDS", help="between rests")
    parser.add_argument(
        "--pause",
        type=float,
        default=PAUSE_SECONDS,
        metavar="SECONDS",
        help="that slow consumers do not read for, before they read again",
    )
    timing.add_options(parser)
    parser.add_argument("--leak", action="append", choices=LEAKS, help="let the site leak")
    parser.add_argument("--static", type=Path, metavar="DIR", help="static files, collected before")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    arguments = parser.parse_args()
    if arguments.warm_up is None:
        arguments.warm_up = min(WARM_UP_MINUTES, WARM_UP_SHARE * arguments.minutes)
    if arguments.networks is None:
        arguments.networks = round(max(FEWEST_NETWORKS, NETWORKS_PER_CHURN * arguments.churn))
    return arguments


def _tunables(arguments: argparse.Namespace) -> dict[str, str]:
    return {**timing.variables(arguments), "DATABASE_URL": postgres.create_database()}


if __name__ == "__main__":
    sys.exit(main())
