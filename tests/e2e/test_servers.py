"""Other servers than Daphne, with several workers, and several servers over one database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.services import http
from tests.services.other_servers import OtherServer, gunicorn, hypercorn, uvicorn
from tests.services.ports import HOST, wait_until
from tests.services.raw_websocket import RawWebSocket
from tests.services.redis import RedisServer
from tests.services.site import QUICK, DaphneServer, with_own_database

#: How each server starts two workers.
SERVERS = {
    "uvicorn": uvicorn("--workers", "2"),
    "gunicorn": gunicorn("--workers", "2"),
    "gunicorn that loads the site first": gunicorn("--workers", "2", "--preload"),
    "hypercorn": hypercorn("--workers", "2"),
}
#: Enough that each worker gets some.
PEOPLE = 12
#: The server goes away, or restarts. Hypercorn cancels its connections before the site knows, with
#: 1011 or without a close frame; those of a worker that drains at a signal end with 1001.
LEAVING = {1001, 1012}
LEAVING_HYPERCORN = {1001, 1011, None}

Serve = Callable[..., OtherServer]


@pytest.fixture
def serve(production: dict[str, str], tmp_path: Path) -> Iterator[Serve]:
    """``serve(arguments, REDIS_URL=…)`` starts a server; all share one new database.

    ``may_fork``: see :class:`OtherServer`. Each server starts without a fork in the first test.
    """
    given = with_own_database(production, tmp_path)
    servers: list[OtherServer] = []

    def start(arguments: list[str], may_fork: bool = False, **variables: str) -> OtherServer:
        servers.append(OtherServer({**given, **variables}, arguments, may_fork=may_fork))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def wait_for_people(sockets: list[RawWebSocket], count: int) -> None:
    """Wait until each connection has received this count of people."""
    for each in sockets:
        each.wait_for(lambda message: message.get("people") == count)


def people_in_stats(server: OtherServer) -> int | None:
    people: int | None = http.get(server.url + "/api/landing/stats/").json()["online"]["people"]
    return people


def lines_with(text: str, log: str) -> list[str]:
    return [line for line in log.splitlines() if text in line]


@pytest.mark.parametrize("arguments", SERVERS.values(), ids=SERVERS.keys())
def test_workers_count_together_and_leave_gracefully(
    arguments: list[str], serve: Serve, redis_server: RedisServer
) -> None:
    server = serve(arguments, REDIS_URL=redis_server.url, **QUICK)
    wait_until(lambda: len(lines_with("Worker started", server.log)) == 2, "both workers start")
    server.wait_until_it_answers()
    with ExitStack() as stack:
        sockets = [stack.enter_context(RawWebSocket(server.port)) for _ in range(PEOPLE)]
        wait_for_people(sockets, PEOPLE)
        # A worker without connections gets the count with its next heartbeat.
        wait_until(lambda: people_in_stats(server) == PEOPLE, "the API has the count, too")
        assert not lines_with("Traceback", server.log), server.log
        assert server.stop() in (0, -15)
        expected = LEAVING_HYPERCORN if "hypercorn" in arguments else LEAVING
        assert {each.read_to_end()[1] for each in sockets} <= expected
        with redis_server.client() as client:
            assert client.zcard("{landing}:leases") == 0, "each worker has drained"
    assert not lines_with("/ws/landing/", server.log), "nothing is logged per connection"
    # Hypercorn logs a traceback of its own for each connection that it cancels.
    assert not lines_with("landing/live/", server.log), server.log
    assert not lines_with("each counts only its own", server.log)
    started = [json.loads(line) for line in lines_with("Worker started", server.log)]
    assert {record["server"] for record in started} == {arguments[1]}
    assert len(started) == len({record["pid"] for record in started}) == 2


# Hypercorn starts its workers like Uvicorn: each imports the site. Gunicorn forks them.
@pytest.mark.parametrize("name", ["uvicorn", "gunicorn"])
def test_workers_without_redis_log_one_line_that_names_it(name: str, serve: Serve) -> None:
    server = serve(SERVERS[name], may_fork=True, **QUICK)
    server.wait_until_it_answers()
    # A worker starts to count with its first request, if the server sends no lifespan.
    with ExitStack() as stack:
        for _ in range(PEOPLE):
            stack.enter_context(RawWebSocket(server.port))
        wait_until(lambda: bool(lines_with("REDIS_URL", server.log)), "the split is logged")
        wait_until(lambda: "landing_presence_split 1.0" in metrics(server.url), "it is a metric")
    server.stop()
    assert len(lines_with("REDIS_URL", server.log)) == 1
    assert not lines_with("Traceback", server.log), server.log


def metrics(url: str) -> str:
    return http.get(url + "/metrics").text


def test_two_daphnes_over_one_database_without_redis_log_one_line(
    daphne: Callable[..., DaphneServer],
) -> None:
    servers = [daphne(**QUICK) for _ in range(2)]
    with RawWebSocket(servers[0].port), RawWebSocket(servers[1].port):
        wait_until(lambda: any("REDIS_URL" in each.log for each in servers), "the split is logged")
    for each in servers:
        wait_until(lambda url=each.url: "presence_split 1.0" in metrics(url), "it is a metric")  # type: ignore[misc]
    assert sum(len(lines_with("REDIS_URL", each.log)) for each in servers) == 1


def test_daphnes_that_follow_each_other_log_nothing(daphne: Callable[..., DaphneServer]) -> None:
    server = daphne(**QUICK)
    for end in (server.stop, server.kill, server.stop):
        with RawWebSocket(server.port) as socket:
            wait_for_people([socket], 1)
        end()
        server.start()
    assert not lines_with("REDIS_URL", server.log)


@pytest.mark.parametrize("name", ["uvicorn", "gunicorn", "hypercorn"])
def test_a_server_with_workers_stops_at_a_bad_configuration(name: str, serve: Serve) -> None:
    """A worker that exits with another status would be started again, forever."""
    password = "do-not-show-this"
    broken = f"postgres://user:{password}@{HOST}:1/name"
    server = serve(SERVERS[name], may_fork=True, DATABASE_URL=broken)
    server.wait()
    assert 1 <= len(lines_with("DATABASE_URL: cannot open", server.log)) <= 2
    assert password not in server.log


def test_one_worker_with_other_libraries_serves_and_leaves_gracefully(serve: Serve) -> None:
    arguments = uvicorn("--workers", "1", "--loop", "asyncio", "--ws", "wsproto")
    server = serve(arguments, may_fork=True, **QUICK)
    server.wait_until_it_answers()
    with RawWebSocket(server.port) as socket:
        wait_for_people([socket], 1)
        assert server.stop() in (0, -15)
        assert socket.read_to_end()[1] in LEAVING
    assert not lines_with("Traceback", server.log), server.log
    assert not lines_with("/ws/landing/", server.log), "nothing is logged per connection"
