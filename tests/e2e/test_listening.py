"""How Daphne listens: on an endpoint, a plain port, or an inherited socket."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.ports import HOST, wait_until
from tests.services.raw_websocket import RawWebSocket
from tests.services.site import BACKLOG, DaphneServer, with_own_database

#: Part of the log line about a short backlog.
TOO_FEW = "connections may wait to be accepted, too few"


@pytest.fixture
def listening(production: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., DaphneServer]]:
    """``listening(backlog=None)`` returns a server that is not started yet."""
    servers: list[DaphneServer] = []

    def prepare(**how: Any) -> DaphneServer:
        servers.append(DaphneServer(with_own_database(production, tmp_path), **how))
        return servers[-1]

    yield prepare
    for server in servers:
        server.close()


def test_a_server_with_an_inherited_socket_serves_pages_and_sockets(
    listening: Callable[..., DaphneServer],
) -> None:
    with socket.create_server((HOST, 0), backlog=BACKLOG) as listening_socket:
        server = listening(listening_socket=listening_socket)
        server.start()
    with urllib.request.urlopen(server.url + "/") as page:
        assert b"<live-user-counter" in page.read()
    with RawWebSocket(server.port) as only:
        only.wait_for(lambda message: message.get("count") == 1)
    assert "Traceback" not in server.log, server.log
    assert TOO_FEW not in server.log, server.log


def test_a_short_backlog_is_logged_once_before_the_first_client(
    listening: Callable[..., DaphneServer],
) -> None:
    server = listening(backlog=None)
    server.launch()
    wait_until(lambda: TOO_FEW in server.log, "a line about the backlog")
    with RawWebSocket(server.port) as only:
        only.wait_for(lambda message: message.get("count") == 1)
    lines = [line for line in server.log.splitlines() if TOO_FEW in line]
    assert len(lines) == 1
    assert f"Only 50 {TOO_FEW}" in lines[0]


def test_a_sufficient_backlog_is_not_logged(
    listening: Callable[..., DaphneServer],
) -> None:
    server = listening(backlog=BACKLOG)
    server.start()
    with RawWebSocket(server.port) as only:
        only.wait_for(lambda message: message.get("count") == 1)
    assert TOO_FEW not in server.log, server.log
