"""Pages per second of one process, compared with one that INSERTs each view first.

The scenario also counts views that were answered but not stored when the process ended.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections

from landing.models import Analytics
from tests.load.bench import full_tables, pages, servers
from tests.load.bench.pages import Answers
from tests.load.bench.report import Row
from tests.services import postgres

NAME = "page_views"
CLIENTS = 8
SECONDS, RIVAL_SECONDS = 30.0, 10.0
#: Duration of requests that import all code and fill all caches.
WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The responses to the clients, the rows after the end, and the load of the server."""

    answers: Answers
    warm_up: Answers
    rows: int
    busy: float

    @property
    def lost(self) -> int:
        """Return how many responses with status 200 left no row."""
        return max(0, self.warm_up.ok + self.answers.ok - self.rows)


def run(rounds: int) -> list[Row]:
    """Measure one round: 30 s of our site and 10 s of the rival."""
    ours, rival = play("ours", SECONDS), play("insert_per_view", RIVAL_SECONDS)
    if rival.lost:
        raise RuntimeError(f"The rival did not insert {rival.lost} of its views.")
    what = f"pages answered with 200 in {SECONDS:g} s, and at SIGTERM"
    return [
        Row(
            NAME,
            f"pages/s of one process, {CLIENTS} clients in a closed loop: ours / one INSERT each",
            "/s",
            [ours.answers.per_second],
            [rival.answers.per_second],
            client_busy=[ours.answers.busy],
            ours_busy=[ours.busy],
            rival_busy=[rival.busy],
        ),
        Row(NAME, f"{what}: ours", "", [ours.answers.ok]),
        Row(NAME, f"{what}, without a row: ours", "", [ours.lost], bound=0, at_least=False),
        Row(NAME, "other answers: ours", "", [len(ours.answers.others)], bound=0, at_least=False),
    ]


def play(app: str, seconds: float) -> Outcome:
    """Measure one server, and end it with SIGTERM while its clients send requests."""
    url = postgres.create_database()
    full_tables.let_use_all_cores()
    full_tables.connect(app, url)
    with servers.ours(app=app, DATABASE_URL=url) as server:
        warm_up = pages.ask([server], "/", CLIENTS, WARM_UP_SECONDS)
        cpu_seconds = server.cpu_seconds()
        busy: list[float] = []

        def end() -> None:
            busy.append((server.cpu_seconds() - cpu_seconds) / seconds)
            server.terminate()

        answers = pages.ask([server], "/", CLIENTS, seconds, end)
        server.wait()
    rows = Analytics.objects.using(app).count()
    connections[app].close()
    return Outcome(answers, warm_up, rows, *busy)
