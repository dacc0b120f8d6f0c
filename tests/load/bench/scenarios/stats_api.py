"""The stats API of two processes over 5,000,000 rows: ours, and the same view computing each time.

Also how often the whole deployment asks the table.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from landing import conf
from tests.load.bench import full_tables, pages, redis_servers, servers
from tests.load.bench.report import Row
from tests.load.bench.rounds import interleaved
from tests.load.bench.servers import Server
from tests.services import postgres

NAME = "stats_api"
PATH = "/api/landing/stats/"
CLIENTS, PROCESSES = 200, 2
SECONDS = 4.0
#: Longer than a refresh interval: the table has been read before anything is measured.
WARM_UP_SECONDS = 6.0
MIN_RATIO = 5
#: Who is to be measured is not held back, and nothing prunes the rows meanwhile.
GIVEN = {"LANDING_STATS_THROTTLE_RATE": "1000000/second", "LANDING_PRUNE_DAILY": "false"}
#: Has PostgreSQL write each statement of such a connection into its log.
LOGGED = "&options=-c%20log_statement%3Dall"


@dataclass
class Deployment:
    """Two processes over a Redis of their own, and what each round showed."""

    processes: list[Server]
    per_second: list[float] = field(default_factory=list)
    client_busy: list[float] = field(default_factory=list)
    server_busy: list[float] = field(default_factory=list)

    def measure(self) -> None:
        before = self._cpu_seconds()
        answers = pages.ask(self.processes, PATH, CLIENTS, SECONDS)
        if answers.others:
            raise RuntimeError(f"{len(answers.others)} answers such as {answers.others[0]!r}")
        self.per_second.append(answers.per_second)
        self.client_busy.append(answers.busy)
        self.server_busy.append((self._cpu_seconds() - before) / SECONDS)

    def _cpu_seconds(self) -> float:
        return sum(process.cpu_seconds() for process in self.processes)


def run(rounds: int) -> list[Row]:
    full = full_tables.on_postgres()
    with ExitStack() as stack:
        ours = _deployment(stack, "ours", full.url + LOGGED)
        computing = _deployment(stack, "computing", full.url)
        pages.ask([*ours.processes, *computing.processes], PATH, CLIENTS, WARM_UP_SECONDS)
        log, began = StatementLog(), time.monotonic()
        for deployment in interleaved([ours, computing], rounds):
            deployment.measure()
        queries, seconds = log.questions_to("landing_analytics"), time.monotonic() - began
    return [
        Row(
            NAME,
            f"stats API, {full.rows:,} rows, {CLIENTS} clients, {PROCESSES} processes: "
            "ours / computing each time",
            "/s",
            ours.per_second,
            computing.per_second,
            MIN_RATIO,
            client_busy=[*ours.client_busy, *computing.client_busy],
            ours_busy=ours.server_busy,
            rival_busy=computing.server_busy,
        ),
        Row(
            NAME,
            f"stats queries of {PROCESSES} processes in {seconds:.0f} s: ours",
            "",
            [queries],
            # One at each end of the last interval.
            bound=int(seconds / conf.read().stats_refresh_seconds) + 1,
            at_least=False,
        ),
    ]


def _deployment(stack: ExitStack, app: str, database_url: str) -> Deployment:
    redis = stack.enter_context(redis_servers.running())
    given = {**GIVEN, "DATABASE_URL": database_url}
    serving = (servers.ours(redis.url, app=app, **given) for _ in range(PROCESSES))
    return Deployment([stack.enter_context(process) for process in serving])


class StatementLog:
    """What PostgreSQL is asked from now on, over connections that have it :data:`LOGGED`."""

    def __init__(self) -> None:
        self._path = postgres.server().log
        self._from = self._path.stat().st_size

    def questions_to(self, table: str) -> int:
        """How many statements read that table so far."""
        with self._path.open("rb") as log:
            log.seek(self._from)
            said = log.read().decode(errors="replace")
        return sum(
            "statement: SELECT" in line and f'FROM "{table}"' in line for line in said.splitlines()
        )
