"""Pages a second from one process that records each view, beside one that INSERTs it first;
and whether a view that was answered can be lost when the process ends.
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
#: Of clients that ask, so that everything has been imported and every cache is filled.
WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the clients saw, the rows there are after the end, and the server's busy share."""

    answers: Answers
    warm_up: Answers
    rows: int
    busy: float

    @property
    def lost(self) -> int:
        """Answers with 200 that left no row."""
        return max(0, self.warm_up.ok + self.answers.ok - self.rows)


def run(rounds: int) -> list[Row]:
    """One round: half a minute of one, ten seconds of the other."""
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
        Row(NAME, f"{what}, that left no row: ours", "", [ours.lost], bound=0, at_least=False),
        Row(NAME, "other answers: ours", "", [len(ours.answers.others)], bound=0, at_least=False),
    ]


def play(app: str, seconds: float) -> Outcome:
    """Ends the server by SIGTERM while its clients go on asking."""
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
