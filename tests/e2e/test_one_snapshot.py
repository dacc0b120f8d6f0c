"""Two processes, one Redis and one PostgreSQL: one reading of the table, the same numbers."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest

from landing.dates import unix_minute
from tests.services.ports import wait_until
from tests.services.redis import RedisServer
from tests.services.site import DaphneServer, manage

REFRESH_SECONDS = 1
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0"}


@pytest.fixture
def servers(
    daphne: Callable[..., DaphneServer],
    redis_server: RedisServer,
    postgres_url: str,
    production: dict[str, str],
) -> list[DaphneServer]:
    given = {
        "REDIS_URL": redis_server.url,
        "DATABASE_URL": postgres_url,
        "LANDING_HEARTBEAT_SECONDS": "0.5",
        "LANDING_STATS_REFRESH_SECONDS": str(REFRESH_SECONDS),
        "LANDING_STATS_THROTTLE_RATE": "1000000/second",
    }
    manage("migrate", "--verbosity=0", **{**production, **given})
    return [daphne(**given) for _ in range(2)]


def scans(url: str) -> int:
    """How often the table of page views was read, by whomever."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT seq_scan + idx_scan FROM pg_stat_user_tables "
            "WHERE relname = 'landing_analytics'"
        ).fetchone()
    assert found is not None
    return int(found[0])


def samples(url: str) -> list[int]:
    """The minutes that have one."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT minute FROM landing_countsample")]


def stats(server: DaphneServer) -> dict[str, Any]:
    content: dict[str, Any] = httpx.get(f"{server.url}/api/landing/stats/").json()
    return content


def views(server: DaphneServer) -> int | None:
    count: int | None = stats(server)["today"]["page_views"]
    return count


def test_the_table_is_read_once_per_interval_whatever_the_processes_and_requests(
    servers: list[DaphneServer], postgres_url: str
) -> None:
    for server in servers:
        assert httpx.get(server.url, headers=BROWSER).status_code == 200
    wait_until(lambda: {views(server) for server in servers} == {2}, "both views are counted")

    began, before, answers = time.monotonic(), scans(postgres_url), 0
    with ThreadPoolExecutor(10) as clients:
        while time.monotonic() - began < 5 * REFRESH_SECONDS or answers <= 100:
            seen = list(clients.map(views, servers * 10))
            answers += len(seen)
            assert set(seen) == {2}
        intervals = (time.monotonic() - began) / REFRESH_SECONDS

    reads = scans(postgres_url) - before
    assert 1 <= reads <= intervals + 1


def test_every_process_shows_the_same_numbers_under_the_same_version(
    servers: list[DaphneServer],
) -> None:
    httpx.get(servers[0].url, headers=BROWSER)

    def agree() -> bool:
        one, other = (stats(server) for server in servers)
        # Each knows since its own last report when the numbers were true.
        return one["active_users_now"] == 1 and {**one, "as_of": ""} == {**other, "as_of": ""}

    wait_until(agree, "both processes show the view")


def test_a_minute_is_sampled_once_by_two_processes(
    servers: list[DaphneServer], postgres_url: str
) -> None:
    began = unix_minute(datetime.now(UTC))
    wait_until(lambda: bool(samples(postgres_url)), "a minute is sampled")
    before = scans(postgres_url)
    wait_until(lambda: scans(postgres_url) >= before + 4, "both have read the table again")

    found = samples(postgres_url)
    assert set(found) <= set(range(began, unix_minute(datetime.now(UTC)) + 1))
    assert len(set(found)) == len(found) <= 2
