"""Attack a deployment and print the table: ``python -m tests.load.attack``.

The exit status is 1 if a bound was missed.
"""

from __future__ import annotations

import argparse
import ast
import json
import resource
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import psutil
from django.db import connections

from tests.load.attack import attacks, stage
from tests.load.attack.report import Outcome, table
from tests.load.attack.scenarios import SCENARIOS, Scenario
from tests.load.truth import deployment
from tests.load.truth.report import Bound
from tests.services import children

NAMES = [scenario.name for scenario in SCENARIOS]


def main() -> int:
    """Run the chosen scenarios, print the table, and return the exit status."""
    arguments = _arguments()
    if arguments.list:
        return _list()
    children.end_on_signals()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    chosen = [each for each in SCENARIOS if each.name in (arguments.only or NAMES)]
    with tempfile.TemporaryDirectory(prefix="attack-") as directory:
        given = deployment.prepare(Path(directory), {})
        # The last connection writes SQLite's log into the file, of which each scenario gets a copy.
        connections.close_all()
        plan = stage.Plan(given, arguments.seconds, with_redis=arguments.redis)
        if arguments.proxied:
            chosen = [replace(scenario, proxied=True) for scenario in chosen]
        outcomes = [_play(scenario, plan) for scenario in chosen]
    print(table(outcomes))
    if arguments.json:
        content = [outcome.as_json() for outcome in outcomes]
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")
    return 1 if any(outcome.missed for outcome in outcomes) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.attack", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=NAMES, metavar="NAME", help="run only these")
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    parser.add_argument("--seconds", type=float, default=60, help="length of each attack")
    parser.add_argument("--redis", action="store_true", help="attack two processes with a Redis")
    parser.add_argument("--proxied", action="store_true", help="attack as through a trusted proxy")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    return parser.parse_args()


def _list() -> int:
    for scenario in SCENARIOS:
        print(f"{scenario.name:<20}{_summary(scenario)}")
    return 0


def _summary(scenario: Scenario) -> str:
    """Return the first line of the attack's docstring."""
    module, _, name = scenario.attack.partition(".")
    source = Path(attacks.__path__[0], f"{module}.py").read_text()
    functions = {
        node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)
    }
    return (ast.get_docstring(functions[name]) or "").partition("\n")[0]


def _play(scenario: Scenario, plan: stage.Plan) -> Outcome:
    """Play one scenario and log its figures. A site that ends or never answers misses a bound."""
    print(f"{scenario.name} ...", file=sys.stderr, flush=True)
    try:
        outcome = stage.play(scenario, plan)
    except (OSError, RuntimeError, psutil.Error) as error:
        print(f"    could not be played: {error!r}", file=sys.stderr)
        return Outcome(scenario.name, [Bound("playable", None, 0)])
    for what, value in outcome.figures.items():
        print(f"    {what}: {value}", file=sys.stderr)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
