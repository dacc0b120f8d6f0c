"""How a Daphne comes to listen: an endpoint, a plain port, or a socket that it is handed."""

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

#: Of the line about a short backlog.
TOO_FEW = "connections may wait to be accepted, too few"


@pytest.fixture
def listening(production: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., DaphneServer]]:
    """``listening(backlog=None)`` is a server that is yet to be started."""
    servers: list[DaphneServer] = []

    def prepare(**how: Any) -> DaphneServer:
        servers.append(DaphneServer(with_own_database(production, tmp_path), **how))
        return servers[-1]

    yield prepare
    for server in servers:
        server.close()


def test_a_server_that_is_handed_its_listening_socket_serves_pages_and_sockets(
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


def test_a_short_backlog_is_told_of_once_and_before_anybody_comes(
    listening: Callable[..., DaphneServer],
) -> None:
    server = listening(backlog=None)
    server.launch()
    wait_until(lambda: TOO_FEW in server.log, "a line about the backlog")
    with RawWebSocket(server.port) as only:
        only.wait_for(lambda message: message.get("count") == 1)
    told = [line for line in server.log.splitlines() if TOO_FEW in line]
    assert len(told) == 1
    assert f"Only 50 {TOO_FEW}" in told[0]


def test_a_backlog_that_a_storm_needs_is_not_spoken_of(
    listening: Callable[..., DaphneServer],
) -> None:
    server = listening(backlog=BACKLOG)
    server.start()
    with RawWebSocket(server.port) as only:
        only.wait_for(lambda message: message.get("count") == 1)
    assert TOO_FEW not in server.log, server.log
