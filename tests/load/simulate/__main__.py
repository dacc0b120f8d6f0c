"""Simulate a large deployment: ``python -m tests.load.simulate``.

Many workers and people against one real Redis, in real time, without sockets. The exit status is
1 if a bound was missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import django

from tests.load.simulate import meter
from tests.load.simulate.hosts import Hosts
from tests.load.simulate.report import Figure, table
from tests.services import children
from tests.services.redis import RedisServer

#: Per process: one crashes in each of two crashes, and one remains.
MIN_WORKERS = 3


def main() -> int:
    """Run the simulation, print the table, and return the exit status."""
    arguments = _arguments()
    children.end_on_signals()
    server = RedisServer(*meter.OPTIONS)
    server.start()
    try:
        figures = _run(arguments, server)
    finally:
        server.close()
    print(table(figures))
    if arguments.json:
        content = [figure.as_json() for figure in figures]
        arguments.json.write_text(json.dumps(content, indent=2) + "\n")
    return 1 if any(figure.is_missed for figure in figures) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.simulate", description=__doc__)
    parser.add_argument("--workers", type=int, default=200)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument(
        "--churn",
        type=float,
        default=0.01,
        metavar="SHARE",
        help="share of the people that leave per second, while as many arrive",
    )
    parser.add_argument("--seconds", type=float, default=60, help="how long people come and go")
    parser.add_argument("--processes", type=int, default=2, help="processes of the simulator")
    parser.add_argument("--heartbeat", type=float, metavar="SECONDS")
    parser.add_argument("--lease", type=float, metavar="SECONDS")
    parser.add_argument("--linger", type=float, metavar="SECONDS")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    arguments = parser.parse_args()
    fewest = MIN_WORKERS * arguments.processes
    if arguments.workers < fewest:
        parser.error(f"--workers must be at least {fewest} (got {arguments.workers})")
    return arguments


def _run(arguments: argparse.Namespace, server: RedisServer) -> list[Figure]:
    _configure(arguments, server)
    # Imported late, because these modules need the site's settings.
    from landing import conf
    from tests.load.simulate.scenarios import Plan, Simulation

    plan = Plan(arguments.workers, arguments.people, arguments.churn, arguments.seconds)
    with Hosts(arguments.processes) as hosts:
        simulation = Simulation(plan, server, hosts, conf.read())
        simulation.run()
    return simulation.figures


def _configure(arguments: argparse.Namespace, server: RedisServer) -> None:
    """Apply the environment of this process and those of the simulator."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="landing_site.settings",
        ENV_FILE=os.devnull,
        DEBUG="true",
        REDIS_URL=server.url,
    )
    for name in ("heartbeat", "lease", "linger"):
        if (value := getattr(arguments, name)) is not None:
            os.environ[f"LANDING_{name.upper()}_SECONDS"] = str(value)
    if arguments.heartbeat is not None:
        os.environ["LANDING_REDIS_TIMEOUT_SECONDS"] = str(0.8 * arguments.heartbeat)
    django.setup()


if __name__ == "__main__":
    sys.exit(main())
