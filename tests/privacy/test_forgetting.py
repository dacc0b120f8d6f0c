"""Forgetting a visitor in a deployment of two processes with Redis."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.core.signing import b64_decode

from tests.services.ports import wait_until
from tests.services.raw_websocket import RawWebSocket
from tests.services.redis import RedisServer
from tests.services.site import QUICK, DaphneServer, with_own_database

CHROME = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36"
COOKIE = "landing_visitor"
WITHOUT_TLS = dict.fromkeys(
    ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "LANDING_VISITOR_COOKIE_SECURE"), "false"
)


@dataclass
class Deployment:
    """Two servers with one Redis and one database."""

    first: DaphneServer
    second: DaphneServer
    redis: RedisServer
    database: Path

    def held(self) -> set[bytes]:
        """Return the visitor ids that presence holds."""
        with self.redis.client() as client:
            keys = [*client.keys("{landing}:held:v"), *client.keys("{landing}:share:*:v")]
            found = {key: client.type(key) for key in keys}
            return set[bytes]().union(
                *(client.hkeys(key) for key, kind in found.items() if kind == b"hash"),
                *(client.smembers(key) for key, kind in found.items() if kind == b"set"),
            )

    def recorded(self) -> set[bytes]:
        with closing(sqlite3.connect(self.database)) as database:
            return {row[0] for row in database.execute("SELECT visitor_id FROM landing_analytics")}


@pytest.fixture(scope="module")
def deployment(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    variables = with_own_database(production, tmp_path_factory.mktemp("forgetting"))
    redis = RedisServer()
    redis.start()
    given = {**variables, **QUICK, **WITHOUT_TLS, "REDIS_URL": redis.url}
    servers = [DaphneServer(given), DaphneServer(given)]
    try:
        for server in servers:
            server.start()
        database = Path(variables["DATABASE_URL"].removeprefix("sqlite:///"))
        yield Deployment(*servers, redis, database)
    finally:
        for server in servers:
            server.close()
        redis.close()


class Visitor:
    """A browser with a page of the first server, and a WebSocket to the second."""

    def __init__(self, deployment: Deployment, stack: ExitStack) -> None:
        self.http = stack.enter_context(
            httpx.Client(base_url=deployment.first.url, headers={"User-Agent": CHROME})
        )
        self.http.get("/")
        self.cookie = self.http.cookies[COOKIE].strip('"')
        self.id = b64_decode(self.cookie.partition(":")[0].encode())
        headers = {"Cookie": f"{COOKIE}={self.cookie}", "User-Agent": CHROME}
        stack.enter_context(RawWebSocket(deployment.second.port, headers=headers))
        wait_until(lambda: self.id in deployment.held(), "presence holds the visitor")
        wait_until(lambda: self.id in deployment.recorded(), "the view is written")

    def press_the_button(self) -> str:
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', self.http.get("/privacy/").text)
        assert token is not None
        return self.http.post("/privacy/", data={"csrfmiddlewaretoken": token[1]}).text


def test_the_button_reaches_connections_of_another_process(deployment: Deployment) -> None:
    with ExitStack() as stack:
        ana, ben = Visitor(deployment, stack), Visitor(deployment, stack)
        assert "We deleted your visits" in ana.press_the_button()
        assert COOKIE not in ana.http.cookies
        wait_until(lambda: ana.id not in deployment.held(), "presence has forgotten the visitor")
        assert ben.id in deployment.held()
        wait_until(lambda: len(deployment.held()) == 2, "the open tab is a new visitor")
        assert ana.id not in deployment.recorded()
        assert ben.id in deployment.recorded()


def test_the_command_reaches_connections_of_all_processes(deployment: Deployment) -> None:
    with ExitStack() as stack:
        ana = Visitor(deployment, stack)
        output = deployment.first.manage("forget_visitor", ana.cookie)
        assert output.startswith("Deleted ")
        assert "not informed" not in output
        wait_until(lambda: ana.id not in deployment.held(), "presence has forgotten the visitor")
        assert ana.id not in deployment.recorded()
