"""The same application where nothing is known of the server's insides: plain ASGI, Uvicorn."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

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
#: Together more than a kernel takes for who does not read.
MANY = max_unread_bytes() // len(FILLING) + 1
#: What a newcomer is sent who has said nothing of topics.
GREETING = {"connection-count", "activity-history", "retry"}
#: What uvicorn itself lets wait is 64 KB a socket.
MAX_GROWTH_BYTES = 5_000_000


@pytest.fixture
def server(production: dict[str, str], tmp_path: Path) -> Iterator[UvicornServer]:
    given = {
        **with_own_database(production, tmp_path),
        "LANDING_SLOW_READER_MAX_SECONDS": "2",
        "LANDING_BROADCAST_INTERVAL_SECONDS": str(INTERVAL_SECONDS),
    }
    server = UvicornServer(given, "tests.load.bench.apps.ours:application")
    yield server
    server.close()


@pytest.fixture
def sockets(server: UvicornServer) -> Iterator[ExitStack]:
    """Those that are open until the test ends."""
    with ExitStack() as open_sockets:
        yield open_sockets
    assert "Traceback" not in server.log, server.log


def shows(count: int, healthy: RawWebSocket) -> None:
    """Wait until it is told that so many sockets are open."""
    healthy.wait_for(lambda message: message.get("count") == count)


def fill(controlling: RawWebSocket, healthy: RawWebSocket) -> None:
    """More large texts than a kernel takes for one; the healthy one reads each, in order."""
    for number in range(MANY):
        controlling.send_text(json.dumps({"type": "large", "number": number, "filling": FILLING}))
        large = healthy.wait_for(lambda message: message["type"] == "large")
        assert large["number"] == number


def test_numbers_arrive_and_follow_who_comes_and_goes(server: UvicornServer) -> None:
    with RawWebSocket(server.port) as first:
        shows(1, first)
        with RawWebSocket(server.port) as second:
            shows(2, first)
            shows(2, second)
        shows(1, first)


def test_a_newcomer_to_an_idle_server_is_told_all_that_is_known(server: UvicornServer) -> None:
    for _ in range(3):
        # Then its own arrival is reported and told to all while it waits for its greeting.
        time.sleep(10 * INTERVAL_SECONDS)
        with RawWebSocket(server.port) as newcomer:
            missing = set(GREETING)
            while missing:
                missing.discard(newcomer.wait_for(lambda message: True)["type"])


def test_those_who_stop_reading_keep_nothing_from_a_healthy_one_and_hear_4408_when_they_read_on(
    server: UvicornServer, sockets: ExitStack
) -> None:
    healthy = sockets.enter_context(RawWebSocket(server.port))
    controlling = sockets.enter_context(RawWebSocket(server.port, path=control.PATH))
    fill(controlling, healthy)  # what the process needs anyway
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
