"""The visitors of one network that leave rows, in a deployment of two processes with Redis."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.metrics import samples
from tests.metrics.samples import Samples
from tests.services.ports import wait_until
from tests.services.redis import RedisServer
from tests.services.site import DaphneServer, with_own_database

MAX = 4
VISITORS_PER_PROCESS = 3
TOKEN = "a-token-of-a-scraper"
ATTACKER = "198.51.100.7"


@pytest.fixture
def servers(
    production: dict[str, str], redis_server: RedisServer, tmp_path: Path
) -> Iterator[list[DaphneServer]]:
    given = {
        **with_own_database(production, tmp_path),
        "REDIS_URL": redis_server.url,
        "LANDING_TRUSTED_PROXY_COUNT": "1",
        "LANDING_METRICS_TOKEN": TOKEN,
        "LANDING_NETWORK_MAX_PEOPLE": str(MAX),
        "LANDING_ANALYTICS_BATCH_SECONDS": "0.1",
    }
    found = [DaphneServer(given), DaphneServer(given)]
    try:
        for server in found:
            server.start()
        yield found
    finally:
        for server in found:
            server.close()


def view(server: DaphneServer, network: str, path: str, number: int = 0) -> None:
    """View a page as a new visitor."""
    agent = f"Mozilla/5.0 (X11; Linux x86_64) Chrome/{100 + number}.0.0.0 Safari/537.36"
    headers = {"X-Forwarded-For": network, "User-Agent": agent}
    assert httpx.get(f"{server.url}{path}", headers=headers).status_code == 200


def scrape(server: DaphneServer) -> Samples:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return samples.parse(httpx.get(f"{server.url}/metrics", headers=headers).text)


def test_two_processes_add_no_more_visitors_of_a_network_than_its_maximum(
    servers: list[DaphneServer], tmp_path: Path
) -> None:
    for number, server in enumerate(servers):
        for each in range(VISITORS_PER_PROCESS):
            view(server, ATTACKER, "/", VISITORS_PER_PROCESS * number + each)
        # A process writes rows in their order, so this row is the last one.
        view(server, f"192.0.2.{number}", "/privacy/")

    def paths() -> list[str]:
        with closing(sqlite3.connect(tmp_path / "site.sqlite3")) as database:
            return [row[0] for row in database.execute("SELECT path FROM landing_analytics")]

    wait_until(lambda: paths().count("/privacy/") == len(servers), "both processes have written")
    assert paths().count("/") == MAX
    scrapes = [scrape(server) for server in servers]
    left_out = [each["landing_analytics_rows_left_out_totalvisitor_limit"] for each in scrapes]
    assert sum(left_out) == len(servers) * VISITORS_PER_PROCESS - MAX
    assert left_out == [each["landing_limits_hit_totalvisitor_rows"] for each in scrapes]
    written = sum(each["landing_analytics_rows_written_total"] for each in scrapes)
    assert written == len(paths()) == MAX + len(servers)
    assert "more leave no analytics rows" in "".join(server.log for server in servers)
