"""``make demo``: a simulated audience on its own page."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from landing.analytics.demo import journeys
from tests.load.demo import audience, stage
from tests.load.demo.arrivals import Arrivals
from tests.load.demo.audience import Cast
from tests.load.demo.stage import Past, Stage
from tests.services import http
from tests.services.ports import HOST, free_port, wait_until
from tests.services.site import ROOT, python
from tests.services.test_children import family, make, wait_for_the_end


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(stage, "LOG", tmp_path / "demo.log")
    with Stage(free_port(), Past(1, 50), tmp_path / "demo.sqlite3") as started:
        yield started


def test_programs_count_as_people_and_the_page_labels_them(demo: Stage) -> None:
    complaints: list[str] = []

    # Without accounts, because this process does not use the database of the demo.
    rng = Random(1)
    cast = Cast(demo.port, Arrivals(20, lambda at: 1.0, rng), rng)

    async def watch() -> tuple[dict[str, int], dict[str, Any]]:
        performance = asyncio.ensure_future(
            audience.perform(cast, seconds=60, report=complaints.append)
        )
        async with httpx.AsyncClient() as client:
            while True:
                stats = (await client.get(f"{demo.url}api/landing/stats/")).json()
                # A person in the grace period has no connection.
                present = min(stats["online"]["people"] or 0, stats["online"]["connections"] or 0)
                if present >= 8 and stats["today"]["page_views"]:
                    places = (await client.get(f"{demo.url}api/landing/places/")).json()
                    if places["places"]:
                        break
                await asyncio.sleep(0.1)
        performance.cancel()
        await asyncio.gather(performance, return_exceptions=True)
        online: dict[str, int] = stats["online"]
        return online, places

    online, places = asyncio.run(asyncio.wait_for(watch(), 60))
    # Each person is separate and has its own socket.
    assert online["connections"] >= 8
    assert {each["place"] for each in places["places"]} <= journeys.PAGES
    assert complaints == []
    assert stage.LABEL in http.get(demo.url).text
    # People who were connecting at the end have closed.
    wait_until(lambda: _connections(demo) == 0, "everybody has left")


#: A demo without its administrator and its past, on a copy of a migrated database.
DEMO = """
import functools, shutil, sys
from pathlib import Path
from tests.load.demo import __main__ as demo, stage
directory, migrated = Path(sys.argv.pop(1)), sys.argv.pop(1)
database = directory / "demo.sqlite3"
stage.LOG = directory / "demo.log"
stage.manage = lambda *command, **environment: shutil.copy(migrated, database)
demo.Stage = functools.partial(stage.Stage, database=database)
demo.main()
"""


@pytest.mark.parametrize(
    ("member", "number"),
    [(0, signal.SIGKILL), (1, signal.SIGHUP)],
    ids=["make is killed", "a closed terminal"],
)
def test_the_end_of_the_demo_ends_its_server(
    tmp_path: Path, production: dict[str, str], member: int, number: signal.Signals
) -> None:
    port = free_port()
    (tmp_path / "demo.py").write_text(f"import sys; sys.path.insert(0, '.')\n{DEMO}")
    migrated = production["DATABASE_URL"].removeprefix("sqlite:///")
    arguments = f"{tmp_path} {migrated} --people 3 --port {port}"
    recipe = f"{sys.executable} {tmp_path / 'demo.py'} {arguments}"
    with subprocess.Popen(
        make(tmp_path, recipe),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert any(line.startswith("Ctrl-C ends") for line in process.stdout)
        processes = family(process.pid)
        assert len(processes) == 4, "make, the audience, the server, and the reaper"

        processes[member].send_signal(number)

        wait_for_the_end(processes)
    wait_until(lambda: not _listens(port), "the port is free")


def test_a_demo_without_people_is_refused_in_one_line() -> None:
    done = python("-m", "tests.load.demo", "--people", "0")
    assert done.returncode == 2
    assert "must be from 1 to 5000" in done.stderr


def _connections(demo: Stage) -> int:
    online: dict[str, int] = http.get(f"{demo.url}api/landing/stats/").json()["online"]
    return online["connections"]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
