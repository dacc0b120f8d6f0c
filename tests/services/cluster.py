"""Two Daphne processes over one Redis and one PostgreSQL, as in a real deployment."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from tests.services import postgres
from tests.services.redis import RedisServer
from tests.services.site import DaphneServer, manage

PROCESSES = 2


class Cluster:
    """Servers that share their numbers and their feed."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start everything, with an empty database."""
        self.redis = RedisServer()
        self.redis.start()
        self.database_url = postgres.create_database()
        given = {**environment, "REDIS_URL": self.redis.url, "DATABASE_URL": self.database_url}
        self.servers = [DaphneServer(given) for _ in range(PROCESSES)]
        manage("migrate", "--verbosity=0", **given)
        for server in self.servers:
            server.start()

    def execute(self, sql: str) -> None:
        with psycopg.connect(self.database_url) as connection:
            connection.execute(sql.encode())

    def fetch(self, sql: str) -> list[int]:
        """Return the first column of the result."""
        with psycopg.connect(self.database_url) as connection:
            return [row[0] for row in connection.execute(sql.encode())]

    def close(self) -> None:
        for server in self.servers:
            server.close()
        self.redis.close()
