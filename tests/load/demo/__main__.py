"""Run the demo: ``python -m tests.load.demo --people 24``."""

from __future__ import annotations

import argparse
import asyncio
import sys
from math import inf
from random import Random

from tests.load.demo import stage
from tests.load.demo.stage import ADMIN, DATABASE, Stage
from tests.services import children

PEOPLE = 24


def main() -> None:
    """Start the server and the audience, and run until Ctrl-C or the end of the parent."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument(
        "--people",
        type=_people,
        default=PEOPLE,
        help=f"visitors on the page, on average over the day ({PEOPLE}); with many more, the past "
        "is shorter than a month",
    )
    parser.add_argument("--port", type=int, default=8000, help="port of the page (8000)")
    parser.add_argument("--seconds", type=float, default=inf, help="stop after this time")
    given = parser.parse_args()
    children.end_on_signals(follows_any_parent=True)
    print(f"Preparing a demo with its own database, {DATABASE.name} …", flush=True)
    try:
        stage.join(stage.settings())
        from landing.dates import utc_now
        from tests.load.demo.arrivals import plan_past
        from tests.load.demo.audience import continue_past, perform

        past = plan_past(given.people, utc_now())
        with Stage(given.port, past) as running:
            print(f"Open {running.url}: about {given.people} programs come and go like people.")
            print(f"The dashboard is at {running.url}admin/ (user {ADMIN}, password {ADMIN}).")
            print(f"The people on each page are at {running.url}api/landing/places/.")
            print("Ctrl-C ends the demo.", flush=True)
            cast = continue_past(running.port, given.people, past, utc_now(), Random())
            asyncio.run(perform(cast, given.seconds, print))
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
