"""``python -m tests.load.demo --people 200``: the page, and an audience of programs."""

from __future__ import annotations

import argparse
import asyncio
import sys
from math import inf

from tests.load.demo.stage import ADMIN, DATABASE, Stage


def main() -> None:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--people", type=_people, default=200, help="about so many (200)")
    parser.add_argument("--port", type=int, default=8000, help="where the page is (8000)")
    parser.add_argument("--seconds", type=float, default=inf, help="end by itself after so long")
    given = parser.parse_args()
    print(f"Preparing a demo on a database of its own, {DATABASE.name} …", flush=True)
    try:
        with Stage(given.port) as stage:
            stage.join()
            from tests.load.demo.audience import perform

            print(f"Open {stage.url}: about {given.people} programs come and go as people do.")
            print(f"The dashboard is at {stage.url}admin/, for {ADMIN} with password {ADMIN}.")
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
