"""The application on Uvicorn, which it uses through plain ASGI."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import psutil
import pytest

from tests.load.bench.apps import control
from tests.services.kernel import max_unread_bytes
from tests.services.raw_websocket import RawWebSocket
from tests.services.site import with_own_database
from tests.services.uvicorn import UvicornServer

SLOW_READER = 4408
INTERVAL_SECONDS = 0.05
FILLING = "x" * 8192
#: Enough texts to fill the kernel's buffers of an unread socket.
MANY = max_unread_bytes() // len(FILLING) + 1
#: Frames for a new connection without a choice of topics.
GREETING = {"connection-count", "activity-history", "retry"}
#: Uvicorn buffers up to 64 KB per socket.
MAX_GROWTH_BYTES = 5_000_000


@pytest.fixture(scope="module")
def server(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UvicornServer]:
    given = {
        **with_own_database(production, tmp_path_factory.mktemp("uvicorn")),
        "LANDING_SLOW_READER_MAX_SECONDS": "2",
        "LANDING_BROADCAST_INTERVAL_SECONDS": str(INTERVAL_SECONDS),
    }
    server = UvicornServer(given, "tests.load.bench.apps.ours:application")
    yield server
    server.close()


@pytest.fixture
def sockets(server: UvicornServer) -> Iterator[ExitStack]:
    """Keep sockets open until the test ends."""
    with ExitStack() as open_sockets:
        yield open_sockets
    assert "Traceback" not in server.log, server.log


def shows(count: int, healthy: RawWebSocket) -> None:
    """Wait until the client receives this count of connections."""
    healthy.wait_for(lambda message: message.get("count") == count)


def fill(controlling: RawWebSocket, healthy: RawWebSocket) -> None:
    """Broadcast more large texts than the kernel buffers. The healthy client reads all.

    Under this server, a broadcast skips a connection to which another frame is being sent.
    Then the broadcast is repeated.
    """
    for number in range(MANY):
        text = json.dumps({"type": "large", "number": number, "filling": FILLING})
        controlling.send_text(text)
        while not receives(number, healthy):
            controlling.send_text(text)


def receives(number: int, healthy: RawWebSocket) -> bool:
    """Wait for the large text with this number; return False after a silence of 2 s."""
    with suppress(TimeoutError):
        healthy.wait_for(lambda message: message.get("number") == number, seconds=2)
        return True
    return False


def test_counts_arrive_and_follow_connections(server: UvicornServer) -> None:
    with RawWebSocket(server.port) as first:
        shows(1, first)
        with RawWebSocket(server.port) as second:
            shows(2, first)
            shows(2, second)
        shows(1, first)


def test_a_new_connection_to_an_idle_server_receives_all_first_frames(
    server: UvicornServer,
) -> None:
    for _ in range(3):
        # Its own arrival is reported and broadcast while it waits for the first frames.
        time.sleep(10 * INTERVAL_SECONDS)
        with RawWebSocket(server.port) as newcomer:
            missing = set(GREETING)
            while missing:
                missing.discard(newcomer.wait_for(lambda message: True)["type"])


def test_slow_consumers_do_not_affect_a_healthy_client_and_get_4408(
    server: UvicornServer, sockets: ExitStack
) -> None:
    healthy = sockets.enter_context(RawWebSocket(server.port))
    controlling = sockets.enter_context(RawWebSocket(server.port, path=control.PATH))
    fill(controlling, healthy)  # fills all buffers that the process needs in any case
    stuck = [sockets.enter_context(RawWebSocket(server.port)) for _ in range(5)]
    shows(6, healthy)
    process = psutil.Process(server.pid)
    before = process.memory_info().rss
    fill(controlling, healthy)
    assert process.memory_info().rss - before < MAX_GROWTH_BYTES
    shows(1, healthy)
    for each in stuck:
        texts, code = each.read_to_end()
        assert code == SLOW_READER
        assert len(texts) < MANY
