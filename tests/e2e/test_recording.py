"""No page view is lost in a graceful stop or a database outage, with real processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from django.core.signing import b64_decode

from tests.services import postgres
from tests.services.ports import HOST, free_port, wait_until
from tests.services.site import DaphneServer, manage, new_log, start_python, with_own_database
from tests.services.uvicorn import UvicornServer

#: So long that only a graceful stop or a full batch can cause a write.
NEVER = {"LANDING_ANALYTICS_BATCH_SECONDS": "60"}

browsers = count()


def load_page(client: httpx.Client, url: str) -> bytes:
    """Load a page as a new browser. Return the visitor id in its cookie."""
    agent = f"Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.{next(browsers)}.0 Safari/537.36"
    response = client.get(url, headers={"User-Agent": agent})
    assert response.status_code == 200
    client.cookies.clear()
    value, _, _ = response.cookies["landing_visitor"].strip('"').partition(":")
    return b64_decode(value.encode())


class Visitors:
    """Threads that load pages as new visitors until :meth:`stop` or a refused connection."""

    def __init__(self, url: str, threads: int, pause_seconds: float = 0) -> None:
        self.seen: list[bytes] = []
        self.failed: list[Exception] = []
        self._url, self._pause_seconds = url, pause_seconds
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._load_pages) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _load_pages(self) -> None:
        with httpx.Client(timeout=20) as client:
            while not self._stopped.wait(self._pause_seconds):
                try:
                    self.seen.append(load_page(client, self._url))
                except (httpx.HTTPError, AssertionError) as error:
                    self.failed.append(error)
                    return


def load_pages(server_url: str, times: int) -> list[bytes]:
    with httpx.Client(timeout=20) as client:
        return [load_page(client, server_url) for _ in range(times)]


def in_sqlite(given: Mapping[str, str]) -> list[bytes]:
    """Return the visitors of all rows in the server's database."""
    path = given["DATABASE_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT visitor_id FROM landing_analytics").fetchall()
    database.close()
    return [visitor for (visitor,) in rows]


# -- a graceful stop, and a crash


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_every_view_before_a_graceful_stop_is_a_row(
    daphne: Callable[..., DaphneServer], number: signal.Signals
) -> None:
    server = daphne(**NEVER)
    visitors = Visitors(server.url, threads=8)
    wait_until(lambda: len(visitors.seen) >= 100, "100 views")
    server.stop(number)
    visitors.stop()

    assert len(visitors.failed) == 8, "the stop came during requests"
    rows = in_sqlite(server.environment)
    assert set(visitors.seen) <= set(rows)
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_uvicorn_writes_its_rows_when_it_stops(
    production: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    given = with_own_database({**production, **NEVER}, tmp_path)
    server = UvicornServer(given, "landing_site.asgi:application")
    try:
        seen = load_pages(f"http://{HOST}:{server.port}", 5)
        server.stop(number)
    finally:
        server.close()

    assert in_sqlite(given) == seen


def test_a_crash_loses_at_most_the_current_batch(
    daphne: Callable[..., DaphneServer],
) -> None:
    server = daphne(LANDING_ANALYTICS_BATCH_ROWS="10", **NEVER)
    seen = load_pages(server.url, 25)
    wait_until(lambda: len(in_sqlite(server.environment)) == 20, "two full batches are written")
    server.kill()

    assert in_sqlite(server.environment) == seen[:20]


# -- the development server


class RunServer:
    """``manage.py runserver`` in its own process group, as in a terminal."""

    def __init__(self, given: dict[str, str], *options: str) -> None:
        """Start the server and wait until it listens."""
        self.environment = given
        self.url = f"http://{HOST}:{free_port()}"
        self._log = new_log("runserver-")
        self.process = start_python(
            ["manage.py", "runserver", self.url.removeprefix("http://"), *options],
            given,
            self._log,
            # The reloader starts its command again.
            may_fork="--noreload" in options,
            new_session=True,
        )
        self.listens_again(1)

    def listens_again(self, times: int) -> None:
        """Wait until it has started to listen for the n-th time."""
        wait_until(lambda: self.log.count("Listening on") == times, f"it listens: {self.log}")

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def interrupt(self) -> None:
        """Send Ctrl-C to the server, but not to the reloader, which kills it after 0.25 s."""
        (serving,) = psutil.Process(self.process.pid).children()
        serving.send_signal(signal.SIGINT)
        self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)
        self._log.unlink()


@pytest.fixture
def runserver(production: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., RunServer]]:
    servers: list[RunServer] = []

    def start(*options: str, **given: str) -> RunServer:
        own = with_own_database({**production, "DEBUG": "true", **NEVER, **given}, tmp_path)
        servers.append(RunServer(own, *options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_development_server_writes_its_rows_when_it_stops(
    runserver: Callable[..., RunServer], number: signal.Signals
) -> None:
    server = runserver("--noreload")
    seen = load_pages(server.url, 5)
    server.process.send_signal(number)
    server.process.wait(30)

    assert in_sqlite(server.environment) == seen


def test_the_development_server_with_reloader_writes_its_rows_at_ctrl_c(
    runserver: Callable[..., RunServer],
) -> None:
    server = runserver()
    seen = load_pages(server.url, 5)
    server.interrupt()

    assert in_sqlite(server.environment) == seen


def test_the_development_server_writes_its_rows_when_it_reloads(
    runserver: Callable[..., RunServer], tmp_path: Path
) -> None:
    source = tmp_path / "sitecustomize.py"
    source.write_text("")
    server = runserver(PYTHONPATH=str(tmp_path))
    seen = load_pages(server.url, 5)
    assert in_sqlite(server.environment) == []

    changes = count(time.time(), step=10)

    def change() -> bool:
        """Change again, because the reloader sees only what it had seen unchanged."""
        changed = next(changes)
        os.utime(source, (changed, changed))
        return "changed, reloading" in server.log

    wait_until(change, "the reloader notices a change")
    server.listens_again(2)
    assert in_sqlite(server.environment) == seen
    wait_until(lambda: server.log.count("Worker started: ") == 2, "one line per start of a worker")


# -- a database outage


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[postgres.OwnServer]:
    server = postgres.OwnServer()
    manage("migrate", "--verbosity=0", DATABASE_URL=server.url, DEBUG="true")
    yield server
    server.close()


@pytest.fixture
def on_postgres(
    own_postgres: postgres.OwnServer, daphne: Callable[..., DaphneServer]
) -> DaphneServer:
    # Within the refresh interval, no page queries the database.
    return daphne(DATABASE_URL=own_postgres.url, LANDING_STATS_REFRESH_SECONDS="3600")


def in_postgres(server: postgres.OwnServer, visitors: list[bytes]) -> list[bytes]:
    """Return the visitors that have a row, in the order of the rows."""
    query = "SELECT visitor_id FROM landing_analytics WHERE visitor_id = ANY(%s) ORDER BY id"
    with psycopg.connect(server.url) as connection:
        return [bytes(visitor) for (visitor,) in connection.execute(query, [visitors])]


def test_a_database_outage_of_seconds_loses_no_page_and_no_row(
    own_postgres: postgres.OwnServer, on_postgres: DaphneServer
) -> None:
    visitors = Visitors(on_postgres.url, threads=4, pause_seconds=0.02)
    wait_until(lambda: len(visitors.seen) > 50, "views before the outage")
    own_postgres.stop()
    while_up = len(visitors.seen)
    wait_until(lambda: len(visitors.seen) > while_up + 200, "views during the outage")
    wait_until(lambda: "Writing rows failed" in on_postgres.log, "the error is logged")
    own_postgres.start()
    wait_until(lambda: "Writing rows works again" in on_postgres.log, "the recovery is logged")
    visitors.stop()

    assert visitors.failed == []
    on_postgres.stop()
    assert sorted(in_postgres(own_postgres, visitors.seen)) == sorted(visitors.seen)
    assert on_postgres.log.count("landing.analytics.write_buffer") == 2


def test_a_page_never_waits_for_an_unresponsive_database(
    own_postgres: postgres.OwnServer, on_postgres: DaphneServer
) -> None:
    before = load_pages(on_postgres.url, 5)
    wait_until(lambda: in_postgres(own_postgres, before) == before, "the rows are written")
    own_postgres.pause()
    try:
        with ThreadPoolExecutor(4) as threads:
            paused = list(threads.map(lambda _: load_pages(on_postgres.url, 10), range(4)))
    finally:
        own_postgres.resume()

    seen = sorted(visitor for visitors in paused for visitor in visitors)
    wait_until(lambda: sorted(in_postgres(own_postgres, seen)) == seen, "the rows are written")
