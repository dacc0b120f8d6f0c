"""Run the demo: ``python -m tests.load.demo --people 200``."""

from __future__ import annotations

import argparse
import asyncio
import sys
from math import inf

from tests.load.demo.stage import ADMIN, DATABASE, Stage
from tests.services import children


def main() -> None:
    """Start the server and the audience, and run until Ctrl-C or the end of the parent."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument(
        "--people", type=_people, default=200, help="average number of visitors (200)"
    )
    parser.add_argument("--port", type=int, default=8000, help="port of the page (8000)")
    parser.add_argument("--seconds", type=float, default=inf, help="stop after this time")
    given = parser.parse_args()
    children.end_on_signals(follows_any_parent=True)
    print(f"Preparing a demo with its own database, {DATABASE.name} …", flush=True)
    try:
        with Stage(given.port) as stage:
            stage.join()
            from tests.load.demo.audience import perform

            print(f"Open {stage.url}: about {given.people} programs come and go like people.")
            print(f"The dashboard is at {stage.url}admin/ (user {ADMIN}, password {ADMIN}).")
            print("Ctrl-C ends the demo.", flush=True)
            asyncio.run(perform(stage.port, given.people, given.seconds, print))
    except KeyboardInterrupt:
        print("The demo has ended.")
    except RuntimeError as error:
        sys.exit(str(error))


def _people(text: str) -> int:
    people = int(text)
    if not 1 <= people <= 5_000:
        raise argparse.ArgumentTypeError("must be from 1 to 5000")
    return people


if __name__ == "__main__":
    main()
