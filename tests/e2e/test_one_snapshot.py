"""Two processes, one Redis and one PostgreSQL: one reading of the table, the same numbers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from landing.dates import unix_minute
from tests.services import http
from tests.services.cluster import Cluster
from tests.services.ports import wait_until
from tests.services.site import DaphneServer

REFRESH_SECONDS = 1
#: How long the reads are counted.
INTERVALS = 3
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0"}


@pytest.fixture(scope="module")
def cluster(production: dict[str, str]) -> Iterator[Cluster]:
    cluster = Cluster(
        {
            **production,
            "LANDING_HEARTBEAT_SECONDS": "0.5",
            "LANDING_STATS_REFRESH_SECONDS": str(REFRESH_SECONDS),
            "LANDING_STATS_THROTTLE_RATE": "1000000/second",
        }
    )
    yield cluster
    cluster.close()


def scans(cluster: Cluster) -> int:
    """Return how often anybody has read the table of page views."""
    (count,) = cluster.fetch(
        "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'landing_analytics'"
    )
    return count


def samples(cluster: Cluster, since: int) -> list[int]:
    """Return the sampled minutes from this one on."""
    return cluster.fetch(f"SELECT minute FROM landing_countsample WHERE minute >= {since}")


def stats(server: DaphneServer) -> dict[str, Any]:
    content: dict[str, Any] = http.get(f"{server.url}/api/landing/stats/").json()
    return content


def views(server: DaphneServer) -> int | None:
    count: int | None = stats(server)["today"]["page_views"]
    return count


def view(server: DaphneServer) -> None:
    """Open the page as a new visitor."""
    assert http.get(server.url, headers=BROWSER).status_code == 200


def test_all_processes_together_read_the_table_once_per_interval(cluster: Cluster) -> None:
    servers = cluster.servers
    for server in servers:
        view(server)
    wait_until(lambda: {views(server) for server in servers} == {2}, "both views are counted")

    began, before, answers = time.monotonic(), scans(cluster), 0
    with ThreadPoolExecutor(4) as clients:
        while time.monotonic() - began < INTERVALS * REFRESH_SECONDS or answers <= 100:
            seen = list(clients.map(views, servers * 10))
            answers += len(seen)
            assert set(seen) == {2}
            time.sleep(REFRESH_SECONDS / 10)
        intervals = (time.monotonic() - began) / REFRESH_SECONDS

    reads = scans(cluster) - before
    assert 1 <= reads <= intervals + 1


def test_all_processes_show_the_same_numbers_under_the_same_version(cluster: Cluster) -> None:
    one, other = cluster.servers
    before = views(one) or 0
    view(one)

    def agree() -> bool:
        # Each process confirms the numbers at its own last sync.
        here, there = ({**stats(server), "as_of": ""} for server in (one, other))
        return here["today"]["page_views"] == before + 1 and here == there

    wait_until(agree, "both processes show the view")


def test_two_processes_sample_each_minute_once(cluster: Cluster) -> None:
    began = unix_minute(datetime.now(UTC))
    wait_until(lambda: bool(samples(cluster, began)), "a sample")
    before = scans(cluster)
    wait_until(lambda: scans(cluster) >= before + 4, "both processes read the table again")

    found = samples(cluster, began)
    assert set(found) <= set(range(began, unix_minute(datetime.now(UTC)) + 1))
    assert len(set(found)) == len(found) <= 2
