"""A real server answers probes of any form, and names a Redis that is away."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.services.ports import HOST, wait_until
from tests.services.redis import RedisServer
from tests.services.site import QUICK, DaphneServer, with_own_database

PROBES = [
    "GET /health/live HTTP/1.0\n\n",
    "GET /health/live HTTP/1.1\nConnection: close\n\n",
    "GET /health/ HTTP/1.1\nHost:\nConnection: close\n\n",
    "GET /health/live HTTP/1.1\nHost: my_service\nConnection: close\n\n",
    "GET /health/live HTTP/1.1\nHost: [fd00::7]\nConnection: close\n\n",
    "GET http://10.0.0.9:8000/health/live HTTP/1.1\nHost: 10.0.0.9:8000\nConnection: close\n\n",
    "HEAD /health/live HTTP/1.0\nUser-Agent: GoogleHC/1.0\n\n",
]


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    redis = RedisServer()
    redis.start()
    yield redis
    redis.close()


@pytest.fixture(scope="module")
def server(
    production: dict[str, str], redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaphneServer]:
    given = with_own_database(production, tmp_path_factory.mktemp("health"))
    server = DaphneServer({**given, **QUICK, "REDIS_URL": redis.url})
    try:
        server.start()
        yield server
    finally:
        server.close()


def send(server: DaphneServer, request: str) -> str:
    """Send a raw request, and return the whole response."""
    with socket.create_connection((HOST, server.port), timeout=60) as connection:
        connection.sendall(request.replace("\n", "\r\n").encode())
        return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()


def ask(server: DaphneServer) -> tuple[int, Any]:
    """Return the status and the content of the readiness check."""
    try:
        with urllib.request.urlopen(f"{server.url}/health/ready", timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_probe_of_any_form_gets_an_answer(server: DaphneServer) -> None:
    wait_until(lambda: ask(server)[0] == 200, "the server is ready")
    for request in PROBES:
        assert send(server, request).split()[1] == "200", request


def test_a_refused_host_leaves_one_line_and_no_traceback(server: DaphneServer) -> None:
    for _ in range(3):
        response = send(server, "GET / HTTP/1.1\nHost: 10.0.0.5\nConnection: close\n\n")
        assert response.startswith("HTTP/1.1 400 ")

    assert server.log.count("10.0.0.5") == 1
    assert "Traceback" not in server.log


def test_a_redis_that_is_away_is_named_until_it_is_back(
    server: DaphneServer, redis: RedisServer
) -> None:
    wait_until(lambda: ask(server)[0] == 200, "the server is ready")

    redis.stop()
    wait_until(lambda: ask(server)[0] == 503, "the server is not ready")
    (failing,) = ask(server)[1]["failing"]
    assert (failing["dependency"], set(failing)) == ("redis", {"dependency", "problem", "since"})

    redis.start()
    wait_until(lambda: ask(server) == (200, {"status": "ok"}), "the server is ready again")
    assert "Service Unavailable" not in server.log


@pytest.mark.parametrize(
    "request_text",
    [
        "GET / HTTP/1.1\nHost: localhost\nConnection: close\n\n",
        "GET /nowhere HTTP/1.1\nHost: localhost\nConnection: close\n\n",
        "GET / HTTP/1.1\nHost: elsewhere.example\nConnection: close\n\n",
        "GET /ws/landing/ HTTP/1.1\nHost: localhost\nConnection: Upgrade\nUpgrade: websocket\n"
        "Origin: http://elsewhere.example\nSec-WebSocket-Version: 13\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n\n",
    ],
    ids=["page", "unknown page", "foreign host", "foreign origin"],
)
def test_no_response_names_the_server(server: DaphneServer, request_text: str) -> None:
    head = send(server, request_text).partition("\r\n\r\n")[0].lower()
    assert head.startswith("http/1.1 ")
    for name in ("server:", "x-powered-by:", "daphne", "twisted", "autobahn"):
        assert name not in head


def test_no_handshake_names_the_server(server: DaphneServer) -> None:
    with connect(server.ws_url) as connection:
        assert connection.response is not None
        assert "Server" not in connection.response.headers
