"""That no page view is lost, with real processes: stops in order, crashes, a database that goes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
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
from tests.services.site import ROOT, DaphneServer, environment, manage, new_log, with_own_database
from tests.services.uvicorn import UvicornServer

#: So long that only a stop in order, or a full batch, can be why a row was written.
NEVER = {"LANDING_ANALYTICS_BATCH_SECONDS": "60"}

browsers = count()


def look(client: httpx.Client, url: str) -> bytes:
    """One page view by a new browser: the visitor that its cookie names."""
    agent = f"Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.{next(browsers)}.0 Safari/537.36"
    response = client.get(url, headers={"User-Agent": agent})
    assert response.status_code == 200
    client.cookies.clear()
    value, _, _ = response.cookies["landing_visitor"].strip('"').rpartition(":")
    return b64_decode(value.encode())


class Visitors:
    """Threads that look at pages of new visitors until they are told to stop, or refused."""

    def __init__(self, url: str, threads: int, pause_seconds: float = 0) -> None:
        self.seen: list[bytes] = []
        self.failed: list[Exception] = []
        self._url, self._pause_seconds = url, pause_seconds
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._look_on) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _look_on(self) -> None:
        with httpx.Client(timeout=20) as client:
            while not self._stopped.wait(self._pause_seconds):
                try:
                    self.seen.append(look(client, self._url))
                except (httpx.HTTPError, AssertionError) as error:
                    self.failed.append(error)
                    return


def look_often(server_url: str, times: int) -> list[bytes]:
    with httpx.Client(timeout=20) as client:
        return [look(client, server_url) for _ in range(times)]


def in_sqlite(given: Mapping[str, str]) -> list[bytes]:
    """The visitors of the rows in the database of a server's environment."""
    path = given["DATABASE_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT visitor_id FROM landing_analytics").fetchall()
    database.close()
    return [visitor for (visitor,) in rows]


# -- a stop in order, and a crash


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_every_view_that_got_its_page_before_a_stop_is_a_row(
    daphne: Callable[..., DaphneServer], number: signal.Signals
) -> None:
    server = daphne(**NEVER)
    visitors = Visitors(server.url, threads=8)
    wait_until(lambda: len(visitors.seen) >= 300, "300 views")
    server.stop(number)
    visitors.stop()

    assert len(visitors.failed) == 8, "the stop visitor amid requests"
    rows = in_sqlite(server.environment)
    assert set(visitors.seen) <= set(rows)
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_another_server_writes_its_rows_too_when_it_is_stopped(
    production: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    given = with_own_database({**production, **NEVER}, tmp_path)
    server = UvicornServer(given, "landing_site.asgi:application")
    try:
        seen = look_often(f"http://{HOST}:{server.port}", 5)
        process = psutil.Process(server.pid)
        process.send_signal(number)
        process.wait(30)
    finally:
        server.close()

    assert in_sqlite(given) == seen


def test_a_crash_costs_no_more_than_the_batch_that_was_being_gathered(
    daphne: Callable[..., DaphneServer],
) -> None:
    server = daphne(LANDING_ANALYTICS_BATCH_ROWS="10", **NEVER)
    seen = look_often(server.url, 25)
    wait_until(lambda: len(in_sqlite(server.environment)) == 20, "two full batches are written")
    server.kill()

    assert in_sqlite(server.environment) == seen[:20]


# -- the development server


class RunServer:
    """``manage.py runserver`` in a process group of its own, as in a terminal."""

    def __init__(self, given: dict[str, str], *options: str) -> None:
        """Starts, and returns when it listens."""
        self.environment = given
        self.url = f"http://{HOST}:{free_port()}"
        self._log = new_log("runserver-")
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "runserver", self.url.removeprefix("http://")]
                + [*options],
                cwd=ROOT,
                env=environment(given),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.listens_again(1)

    def listens_again(self, times: int) -> None:
        """Wait until it has begun to listen so many times."""
        wait_until(lambda: self.log.count("Listening on") == times, f"it listens: {self.log}")

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def interrupt(self) -> None:
        """As Ctrl-C, without the reloader itself, which kills what has not ended in 0.25 s."""
        (serving,) = psutil.Process(self.process.pid).children()
        serving.send_signal(signal.SIGINT)
        self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
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
def test_the_development_server_writes_its_rows_when_it_is_stopped(
    runserver: Callable[..., RunServer], number: signal.Signals
) -> None:
    server = runserver("--noreload")
    seen = look_often(server.url, 5)
    server.process.send_signal(number)
    server.process.wait(30)

    assert in_sqlite(server.environment) == seen


def test_the_development_server_writes_its_rows_at_ctrl_c_while_it_watches_the_sources(
    runserver: Callable[..., RunServer],
) -> None:
    server = runserver()
    seen = look_often(server.url, 5)
    server.interrupt()

    assert in_sqlite(server.environment) == seen


def test_the_development_server_writes_its_rows_when_it_reloads(
    runserver: Callable[..., RunServer], tmp_path: Path
) -> None:
    source = tmp_path / "sitecustomize.py"
    source.write_text("")
    server = runserver(PYTHONPATH=str(tmp_path))
    seen = look_often(server.url, 5)
    assert in_sqlite(server.environment) == []

    changed = time.time() + 10
    os.utime(source, (changed, changed))
    server.listens_again(2)
    assert in_sqlite(server.environment) == seen


# -- a database that goes


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
    # No page asks the database while figures are as fresh as that.
    return daphne(DATABASE_URL=own_postgres.url, LANDING_STATS_REFRESH_SECONDS="3600")


def in_postgres(server: postgres.OwnServer, visitors: list[bytes]) -> list[bytes]:
    """Those of the visitors who have a row, in the order of their rows."""
    query = "SELECT visitor_id FROM landing_analytics WHERE visitor_id = ANY(%s) ORDER BY id"
    with psycopg.connect(server.url) as connection:
        return [bytes(visitor) for (visitor,) in connection.execute(query, [visitors])]


def test_a_database_that_goes_for_seconds_costs_no_page_and_no_row(
    own_postgres: postgres.OwnServer, on_postgres: DaphneServer
) -> None:
    visitors = Visitors(on_postgres.url, threads=4, pause_seconds=0.02)
    wait_until(lambda: len(visitors.seen) > 50, "views while all is well")
    own_postgres.stop()
    while_up = len(visitors.seen)
    wait_until(lambda: len(visitors.seen) > while_up + 200, "views while it is away")
    wait_until(lambda: "Writing rows failed" in on_postgres.log, "it is said")
    own_postgres.start()
    wait_until(lambda: "Writing rows works again" in on_postgres.log, "it is back")
    visitors.stop()

    assert visitors.failed == []
    on_postgres.stop()
    assert sorted(in_postgres(own_postgres, visitors.seen)) == sorted(visitors.seen)
    assert on_postgres.log.count("landing.analytics.write_buffer") == 2


def test_a_page_never_waits_for_a_database_that_does_not_answer(
    own_postgres: postgres.OwnServer, on_postgres: DaphneServer
) -> None:
    before = look_often(on_postgres.url, 5)
    wait_until(lambda: in_postgres(own_postgres, before) == before, "the rows are written")
    own_postgres.pause()
    try:
        with ThreadPoolExecutor(4) as threads:
            paused = list(threads.map(lambda _: look_often(on_postgres.url, 10), range(4)))
    finally:
        own_postgres.resume()

    seen = sorted(visitor for visitors in paused for visitor in visitors)
    wait_until(lambda: sorted(in_postgres(own_postgres, seen)) == seen, "the rows are written")
