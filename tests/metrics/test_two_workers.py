"""Two real workers that share one port: their scrapes add up to the truth."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.metrics import samples
from tests.metrics.samples import Samples
from tests.services import http
from tests.services.ports import HOST, free_ports, wait_until
from tests.services.redis import RedisServer
from tests.services.site import QUICK, DaphneServer, with_own_database

TOKEN = "a-token-of-a-scraper"
PEOPLE = 12
VIEWS = 7
LARGE = b"x" * 70_000


class Workers:
    """Two workers of one supervisor: each has a slot, and its own socket for the shared port."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.first_metrics_port = free_ports(2)
        self._sockets = [self._listen(0)]
        self.port = self._sockets[0].getsockname()[1]
        self._sockets.append(self._listen(self.port))
        given = {
            **variables,
            "LANDING_METRICS_PORT": str(self.first_metrics_port),
            "LANDING_METRICS_TOKEN": TOKEN,
        }
        self.servers = [
            DaphneServer({**given, "LANDING_WORKER_SLOT": str(slot)}, listening_socket=each)
            for slot, each in enumerate(self._sockets)
        ]

    @staticmethod
    def _listen(port: int) -> socket.socket:
        listening = socket.create_server((HOST, port), reuse_port=True, backlog=4096)
        listening.setblocking(False)
        return listening

    def scrape(self, slot: int) -> Samples:
        """Return what one worker answers on its own port."""
        url = f"http://{HOST}:{self.first_metrics_port + slot}/metrics"
        response = http.get(url, headers={"Authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200
        return samples.parse(response.text)

    def scrape_all(self) -> list[Samples]:
        return [self.scrape(slot) for slot in range(len(self.servers))]

    def total(self, name: str) -> float:
        """Return the sum over all workers."""
        return sum(each.get(name, 0) for each in self.scrape_all())

    def listens(self, slot: int) -> bool:
        try:
            socket.create_connection((HOST, self.first_metrics_port + slot)).close()
        except OSError:
            return False
        return True

    def have_connections(self) -> bool:
        return all(each.get("landing_sockets") for each in self.scrape_all())

    def close(self) -> None:
        for server in self.servers:
            server.close()
        for each in self._sockets:
            each.close()


@pytest.fixture
def workers(
    production: dict[str, str], redis_server: RedisServer, tmp_path: Path
) -> Iterator[Workers]:
    given = {**with_own_database(production, tmp_path), **QUICK, "REDIS_URL": redis_server.url}
    workers = Workers({**given, "LANDING_ANALYTICS_BATCH_SECONDS": "0.1"})
    try:
        for server in workers.servers:
            server.launch()
        yield workers
    finally:
        workers.close()


def agent(number: int) -> str:
    return f"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/{100 + number}.0"


def rows(directory: Path) -> int:
    with closing(sqlite3.connect(directory / "site.sqlite3")) as database:
        return int(database.execute("SELECT count(*) FROM landing_analytics").fetchone()[0])


def test_the_scrapes_of_two_workers_add_up_to_the_truth(workers: Workers, tmp_path: Path) -> None:
    for slot in range(2):
        # Before its first request, a worker of Daphne has no connections, but it is scraped.
        wait_until(lambda slot=slot: workers.listens(slot), "the worker listens")  # type: ignore[misc]

    page, ws = f"http://{HOST}:{workers.port}/", f"ws://{HOST}:{workers.port}/ws/landing/"
    for number in range(VIEWS):
        assert http.get(page, headers={"User-Agent": agent(number)}).status_code == 200
    assert http.post(page, content=LARGE).status_code == 413
    with ExitStack() as stack:
        tabs = 0
        while tabs < PEOPLE or not workers.have_connections():
            stack.enter_context(connect(ws, user_agent_header=agent(tabs % PEOPLE)))
            tabs += 1

        assert workers.total("landing_sockets") == tabs
        assert workers.total("landing_handshake_duration_seconds_count") == tabs
        assert workers.total("landing_limits_hit_totalbody_bytes") == 1
        wait_until(lambda: know(workers, tabs), "both workers know all people")
        for each in workers.scrape_all():
            assert 0 <= each["landing_lease_age_seconds"] < each["landing_lease_seconds"] == 3
            assert each["landing_sync_duration_seconds_count"] > 0
            assert each["landing_fanout_duration_seconds_count"] > 0
            assert each["landing_redis_errors_totalsync"] == 0
        wait_until(lambda: not workers.total("landing_analytics_rows_waiting"), "rows are written")
        written = workers.total("landing_analytics_rows_written_total")
        assert written == rows(tmp_path) >= VIEWS


def know(workers: Workers, tabs: int) -> bool:
    """Return whether each worker has the counts of the whole deployment."""
    return all(
        (each.get("landing_peoplelive"), each.get("landing_connectionslive")) == (PEOPLE, tabs)
        for each in workers.scrape_all()
    )
