"""The limits on the other sockets that Daphne can listen on: over TLS, and Unix sockets."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from tests.services import raw_http
from tests.services.ports import HOST, free_port, wait_until
from tests.services.site import DaphneServer, with_own_database
from tests.services.tls import context_without_verification, write_self_signed

MAX_CONNECTIONS = 5
#: The burst is five times the rate.
REQUESTS_PER_SECOND = 2
MORE_THAN_A_BURST = 40
TOO_LARGE = ("Content-Length: 100000",)


class Site(NamedTuple):
    """A server that listens with and without TLS, and on a Unix socket."""

    server: DaphneServer
    path: Path
    tls_port: int

    def connect(self) -> socket.socket:
        """Connect to the Unix socket."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(60)
        connection.connect(str(self.path))
        return connection

    def wait_until_it_is_alone(self) -> None:
        """Wait until all earlier connections have ended for the server, too."""
        process = psutil.Process(self.server.pid)
        wait_until(
            lambda: all(
                each.status == psutil.CONN_LISTEN for each in process.net_connections("tcp")
            ),
            "all earlier connections have ended",
        )

    def connect_without_tls(self) -> socket.socket:
        return raw_http.connect(self.server.port)

    def connect_with_tls(self) -> socket.socket:
        return context_without_verification().wrap_socket(raw_http.connect(self.tls_port))


Serve = Callable[..., Site]


@pytest.fixture(scope="module")
def serve(production: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    servers: list[DaphneServer] = []

    def start(**variables: str) -> Site:
        directory = tmp_path_factory.mktemp("endpoints")
        pem, path, tls_port = directory / "both.pem", directory / "site.sock", free_port()
        write_self_signed(pem)
        endpoints = (
            *("-e", f"unix:{path}:backlog=4096"),
            *("-e", f"ssl:{tls_port}:interface={HOST}:privateKey={pem}:certKey={pem}"),
        )
        limits = {
            "LANDING_NETWORK_MAX_CONNECTIONS": str(MAX_CONNECTIONS),
            "LANDING_NETWORK_REQUESTS_PER_SECOND": str(REQUESTS_PER_SECOND),
        }
        given = {**with_own_database(production, directory), **limits, **variables}
        servers.append(DaphneServer(given, "-v", "0", *endpoints))
        servers[-1].start()
        return Site(servers[-1], path, tls_port)

    yield start
    for server in servers:
        assert "Traceback" not in server.log, server.log
        server.close()


@pytest.fixture(scope="module")
def direct(serve: Serve) -> Site:
    """Return a site without a trusted proxy."""
    return serve()


@pytest.fixture(scope="module")
def proxied(serve: Serve) -> Site:
    """Return a site behind one trusted proxy."""
    return serve(LANDING_TRUSTED_PROXY_COUNT="1")


def statuses(connect: Callable[[], socket.socket], *lines: str) -> set[int]:
    """Return the statuses of more requests than a burst."""
    return {raw_http.get(connect(), "/health/live", *lines) for _ in range(MORE_THAN_A_BURST)}


def is_answered(connect: Callable[[], socket.socket]) -> bool:
    """Return whether a request gets any answer, because its connection has a place."""
    try:
        return bool(raw_http.get(connect(), "/health/live"))
    except OSError:
        return False


def take_last_place(connect: Callable[[], socket.socket], stack: ExitStack) -> bool:
    """Open one more connection, and return whether another one has no place."""
    try:
        stack.enter_context(connect())
    except OSError:
        return True
    return not is_answered(connect)


def test_over_tls_bodies_and_requests_are_limited(direct: Site) -> None:
    body = raw_http.head("POST", "/language/", *TOO_LARGE) + b"x" * 100_000

    assert raw_http.answer(direct.connect_with_tls(), body)[0] == 413
    assert statuses(direct.connect_with_tls) == {200, 429}


@pytest.mark.parametrize("name", ["connect_with_tls", "connect_without_tls"])
def test_a_connection_counts_once_if_the_server_has_several_sockets(
    direct: Site, name: str
) -> None:
    connect = getattr(direct, name)
    for _ in range(3):
        direct.wait_until_it_is_alone()
        with ExitStack() as stack:
            for _ in range(MAX_CONNECTIONS - 1):
                stack.enter_context(connect())
            wait_until(lambda: is_answered(connect), "the last place serves")
            wait_until(lambda: take_last_place(connect, stack), "all places are taken")


def test_a_unix_socket_serves_websockets_and_limits_bodies(direct: Site) -> None:
    body = raw_http.head("POST", "/language/", *TOO_LARGE)

    assert raw_http.handshake(direct.connect())[0] == 101
    assert raw_http.answer(direct.connect(), body)[0] == 413


def test_clients_of_a_unix_socket_have_no_limit_together_and_one_warning(direct: Site) -> None:
    assert statuses(direct.connect) == {200}
    assert direct.server.log.count("clients of a Unix socket") == 1


def test_behind_a_proxy_on_a_unix_socket_the_forwarded_network_is_limited(proxied: Site) -> None:
    forwarded = "X-Forwarded-For: 203.0.113.7, 198.51.100.1"

    assert statuses(proxied.connect, forwarded) == {200, 429}
    assert statuses(proxied.connect, "X-Forwarded-For: 198.51.100.2") >= {200}
    assert raw_http.handshake(proxied.connect(), forwarded)[0] == 101
    with_more = [proxied.connect() for _ in range(3 * MAX_CONNECTIONS)]
    assert raw_http.handshake(proxied.connect(), forwarded)[0] == 101
    for each in with_more:
        each.close()
    assert "clients of a Unix socket" not in proxied.server.log


def test_a_request_counts_once(proxied: Site) -> None:
    burst = 5 * REQUESTS_PER_SECOND
    results = [
        raw_http.get(proxied.connect(), "/health/live", "X-Forwarded-For: 198.51.100.9")
        for _ in range(burst)
    ]

    assert results == burst * [200]
