"""A database outage under load, in which no page may fail and no row may be lost.

``python -m tests.load.outage`` starts one Daphne with its own PostgreSQL and requests pages at a
steady rate. PostgreSQL stops for 20 s in the middle. Then the program compares the visitors who
received their page with the rows. The exit status is 1 if a row is missing or a page failed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psycopg
from django.core.signing import b64_decode

from tests.services import postgres
from tests.services.ports import wait_until
from tests.services.site import UNLIMITED, DaphneServer, manage

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.{number}.0 Safari/537.36"
#: Time before and after the outage.
WELL_SECONDS = 5


class Visitors:
    """One new visitor per page. ``seen`` has the visitors who received theirs."""

    def __init__(self, url: str) -> None:
        self.seen: list[bytes] = []
        self.failed: list[str] = []
        self.slowest_seconds = 0.0
        self._url = url

    async def load_page(self, client: httpx.AsyncClient, number: int) -> None:
        began = time.perf_counter()
        try:
            answer = await client.get(
                self._url, headers={"User-Agent": AGENT.format(number=number)}
            )
            answer.raise_for_status()
            value, _, _ = answer.cookies["landing_visitor"].strip('"').partition(":")
        except (httpx.HTTPError, KeyError) as error:
            self.failed.append(repr(error))
            return
        self.seen.append(b64_decode(value.encode()))
        self.slowest_seconds = max(self.slowest_seconds, time.perf_counter() - began)

    async def come(self, per_second: int, seconds: float) -> None:
        began = time.perf_counter()
        limits = httpx.Limits(max_connections=200)
        async with (
            httpx.AsyncClient(timeout=30, limits=limits) as client,
            asyncio.TaskGroup() as loading,
        ):
            for number in range(round(per_second * seconds)):
                await asyncio.sleep(began + number / per_second - time.perf_counter())
                # Each request must come from a new visitor, but the client keeps all cookies.
                client.cookies.clear()
                loading.create_task(self.load_page(client, number))


async def run(
    server: DaphneServer, database: postgres.OwnServer, views: int, away: float
) -> Visitors:
    visitors = Visitors(server.url)
    coming = asyncio.create_task(visitors.come(views, WELL_SECONDS + away + WELL_SECONDS))
    await asyncio.sleep(WELL_SECONDS)
    await asyncio.to_thread(database.stop)
    await asyncio.sleep(away)
    await asyncio.to_thread(database.start)
    await coming
    return visitors


def rows(database: postgres.OwnServer) -> list[bytes]:
    with psycopg.connect(database.url) as connection:
        found = connection.execute("SELECT visitor_id FROM landing_analytics")
        return [bytes(visitor) for (visitor,) in found]


def measure(views: int, away: float) -> bool:
    """Run the outage and print the result. Return whether it passed."""
    database = postgres.OwnServer()
    with tempfile.TemporaryDirectory() as directory:
        given = {
            "DEBUG": "false",
            "SECRET_KEY": "for-a-measurement-only-but-long-enough-for-every-check-there-is",
            "DATABASE_URL": database.url,
            "STATIC_ROOT": str(Path(directory) / "static"),
            **UNLIMITED,
        }
        manage("migrate", "--verbosity=0", **given)
        manage("collectstatic", "--noinput", "--verbosity=0", **given)
        server = DaphneServer(given, "-v", "0")
        try:
            server.start()
            visitors = asyncio.run(run(server, database, views, away))
            wait_until(lambda: len(rows(database)) >= len(visitors.seen), "all rows are written")
            server.stop()
            stored = rows(database)
        finally:
            server.close()
            database.close()
    missing = len(set(visitors.seen) - set(stored))
    print(f"{len(visitors.seen)} pages, {len(visitors.failed)} failed {visitors.failed[:1]}")
    print(f"{len(stored)} rows, {missing} missing, {len(stored) - len(set(stored))} twice")
    print(f"the slowest page took {1000 * visitors.slowest_seconds:.0f} ms")
    return not missing and not visitors.failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=200, help="pages per second (200)")
    parser.add_argument("--seconds", type=float, default=20, help="duration of the outage (20)")
    options = parser.parse_args()
    sys.exit(0 if measure(options.views, options.seconds) else 1)


if __name__ == "__main__":
    main()
