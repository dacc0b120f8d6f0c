"""The stats API over 5,000,000 rows, compared with a view that queries for each response.

The scenario also counts the queries of the whole deployment.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from landing import conf
from tests.load.bench import full_tables, pages, redis_servers, servers
from tests.load.bench.pages import Answers
from tests.load.bench.report import Row
from tests.load.bench.servers import Server
from tests.services import postgres

NAME = "stats_api"
PATH = "/api/landing/stats/"
CLIENTS, PROCESSES = 200, 2
#: The rival gets more time, because many of its responses take seconds.
SECONDS, RIVAL_SECONDS = 10.0, 20.0
#: Longer than the refresh interval, so that the table was read before the measurement.
WARM_UP_SECONDS = 6.0
MIN_RATIO = 5
#: No rate limit for the clients, and no pruning during the measurement.
GIVEN = {"LANDING_STATS_THROTTLE_RATE": "1000000/second", "LANDING_PRUNE_DAILY": "false"}
#: Makes PostgreSQL log each statement of the connection.
LOGGED = "&options=-c%20log_statement%3Dall"
#: Only the query of the aggregates has it.
LAST_VIEW = 'MAX("landing_analytics"."created_at") AS "last"'


@dataclass(frozen=True, slots=True)
class Outcome:
    """The responses of one deployment and the load of its processes."""

    answers: Answers
    busy: float


def run(rounds: int) -> list[Row]:
    """Measure one round, our site first.

    The rival answers requests of its clients long after they have disconnected.
    """
    full, day = full_tables.on_postgres(), {"TIME_ZONE": zone_of_a_new_day(datetime.now(UTC))}
    with _deployment("ours", full.url + LOGGED, day) as processes:
        pages.ask(processes, PATH, CLIENTS, WARM_UP_SECONDS)
        log, began = StatementLog(), time.monotonic()
        ours = _measure(processes, SECONDS)
        queries, seconds = log.count_aggregates(), time.monotonic() - began
    with _deployment("computing", full.url, day) as processes:
        rival = _measure(processes, RIVAL_SECONDS)
    what = f"stats API, {full.rows:,} rows, {CLIENTS} clients, {PROCESSES} processes"
    return [
        Row(
            NAME,
            f"{what}: ours / one query each",
            "/s",
            [ours.answers.per_second],
            [rival.answers.per_second],
            MIN_RATIO,
            client_busy=[ours.answers.busy, rival.answers.busy],
            ours_busy=[ours.busy],
            rival_busy=[rival.busy],
        ),
        Row(
            NAME,
            f"stats queries of {PROCESSES} processes in {seconds:.0f} s: ours",
            "",
            [queries],
            # One more query may start at the end of the interval.
            bound=int(seconds / conf.read().LANDING_STATS_REFRESH_SECONDS) + 1,
            at_least=False,
        ),
    ]


def zone_of_a_new_day(now: datetime) -> str:
    """Return a time zone in which the day is less than an hour old.

    A short day means the least work for the rival, at any time of the run.
    """
    # The signs of these names are inverted: minus is east of Greenwich.
    return f"Etc/GMT+{now.hour}" if now.hour <= 12 else f"Etc/GMT-{24 - now.hour}"


@contextmanager
def _deployment(app: str, database_url: str, day: Mapping[str, str]) -> Iterator[list[Server]]:
    """Run two processes with their own Redis."""
    with ExitStack() as stack:
        redis = stack.enter_context(redis_servers.running())
        given = {**GIVEN, **day, "DATABASE_URL": database_url}
        serving = (servers.ours(redis.url, app=app, **given) for _ in range(PROCESSES))
        yield [stack.enter_context(process) for process in serving]


def _measure(processes: Sequence[Server], seconds: float) -> Outcome:
    before = sum(process.cpu_seconds() for process in processes)
    answers = pages.ask(processes, PATH, CLIENTS, seconds)
    if answers.others or not answers.ok_in_time:
        raise RuntimeError(f"{answers.ok_in_time} answers, and {answers.others[:1]}")
    busy = (sum(process.cpu_seconds() for process in processes) - before) / seconds
    return Outcome(answers, busy)


class StatementLog:
    """The statements of connections with :data:`LOGGED`, from the creation of this object."""

    def __init__(self) -> None:
        self._path = postgres.server().log
        self._from = self._path.stat().st_size

    def count_aggregates(self) -> int:
        """Return how often the aggregates were read from the rows.

        The rollups read the rows, too, in other queries.
        """
        with self._path.open("rb") as log:
            log.seek(self._from)
            lines = log.read().decode(errors="replace")
        return sum("statement: SELECT" in line and LAST_VIEW in line for line in lines.splitlines())
