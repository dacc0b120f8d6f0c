"""Samples of the workers, of Redis, and of PostgreSQL.

The names of the series are the rows of the report. This module does not know their bounds.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psutil
import psycopg
import redis

from tests.load.soak.trend import Sample
from tests.metrics.samples import Samples, parse
from tests.services import http
from tests.services.ports import HOST

MEGABYTE = 1e6
MEMORY = "memory of its own, MB"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
#: Connections to the database except the one that asks.
COUNT_CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Key(NamedTuple):
    """The name of a series: the owner of the value, and its meaning."""

    owner: str
    what: str


class WorkerMeter:
    """Reads one worker: its process, and its metrics."""

    def __init__(self, process: psutil.Process, first_metrics_port: int) -> None:
        self.slot = int(process.environ()["LANDING_WORKER_SLOT"])
        self._process = process
        self._url = f"http://{HOST}:{first_metrics_port + self.slot}/metrics"

    def scrape(self) -> Samples:
        """Return the metrics."""
        return parse(http.get(self._url).text)

    def read(self) -> dict[str, float]:
        """Return all values of this moment."""
        process, metrics = self._process, self.scrape()
        memory = process.memory_full_info()
        connections = metrics.get("landing_sockets", 0)
        return {
            MEMORY: memory.uss / MEGABYTE,
            "resident memory, MB": memory.rss / MEGABYTE,
            "open files, without connections": process.num_fds() - connections,
            "threads": process.num_threads(),
            "tasks, without connections": metrics.get("landing_asyncio_tasks", 0) - connections,
            "connections": connections,
        }


class Meter:
    """Reads everything, and keeps the series. One thread at a time may use it."""

    def __init__(
        self, workers: Sequence[WorkerMeter], store: redis.Redis, database: psycopg.Connection[Any]
    ) -> None:
        self.series: dict[Key, list[Sample]] = defaultdict(list)
        self._workers = workers
        self._redis = store
        self._database = database
        self._began_at = time.monotonic()

    def sample(self) -> None:
        """Append one sample to each series."""
        at = time.monotonic() - self._began_at
        for worker in self._workers:
            self._append(at, f"worker {worker.slot}", worker.read())
        self._append(at, "Redis", self._read_redis())
        self._append(at, "PostgreSQL", {"connections": self._count(COUNT_CONNECTIONS)})
        self._append(at, "rows", self.count_rows())

    def scrape(self) -> list[Samples]:
        """Return the metrics of each worker."""
        return [worker.scrape() for worker in self._workers]

    def memory(self) -> list[list[Sample]]:
        """Return the series of the memory of each worker."""
        return [samples for key, samples in self.series.items() if key.what == MEMORY]

    def count_rows(self) -> dict[str, float]:
        """Return the number of rows of each table."""
        tables = self._database.execute(TABLES).fetchall()
        return {table: self._count(f'SELECT count(*) FROM "{table}"') for (table,) in tables}

    def count_page_views(self) -> int:
        """Return how many page views are stored."""
        return self._count("SELECT count(*) FROM landing_analytics WHERE event = 'page_view'")

    def _append(self, at: float, owner: str, values: Mapping[str, float]) -> None:
        for what, value in values.items():
            self.series[Key(owner, what)].append((at, float(value)))

    def _read_redis(self) -> dict[str, float]:
        space = self._redis.info("keyspace").get("db0", {"keys": 0, "expires": 0})
        return {
            "keys that stay": space["keys"] - space["expires"],
            "keys that expire": space["expires"],
            "memory, MB": self._redis.info("memory")["used_memory"] / MEGABYTE,
            "connections": self._redis.info("clients")["connected_clients"] - 1,
        }

    def _count(self, sql: str) -> int:
        (count,) = self._database.execute(sql.encode()).fetchone() or (0,)
        return int(count)
