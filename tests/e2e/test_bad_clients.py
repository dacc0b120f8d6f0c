"""Clients that stop reading, flood, send half a frame, or vanish do not affect others.

The tests use a real Daphne and raw sockets. Each text on the benchmark's control socket is
broadcast to all connections. Large texts fill the kernel's buffers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.load.bench.apps import control
from tests.services import frames
from tests.services.kernel import max_unread_bytes
from tests.services.ports import wait_until
from tests.services.raw_websocket import RawWebSocket
from tests.services.site import DaphneServer, with_own_database

MAX_SECONDS = 2
#: Longer than any test, so that a stuck client may read again.
PATIENT_SECONDS = 60
SLOW_CONSUMER = 4408
FILLING = "x" * 8192
BENCHMARKED = "tests.load.bench.apps.ours:application"
PATIENT = "tests.e2e.patient_server:application"
#: Enough texts to fill the kernel's buffers of an unread socket.
MANY = max_unread_bytes() // len(FILLING) + 1
#: The limit of LANDING_SLOW_READER_MAX_BYTES per socket, and the overhead of Python.
MAX_GROWTH_BYTES = 5_000_000


class Room:
    """One server, and the clients that are connected until the test ends."""

    def __init__(self, server: DaphneServer, open_sockets: ExitStack) -> None:
        self.server = server
        self.process = psutil.Process(server.pid)
        self._open = open_sockets
        self._control = open_sockets.enter_context(RawWebSocket(server.port, path=control.PATH))

    def enter(self) -> RawWebSocket:
        return self._open.enter_context(RawWebSocket(self.server.port))

    def broadcast(self, text: str) -> None:
        self._control.send_text(text)

    def fill(self, healthy: RawWebSocket) -> None:
        """Broadcast more large texts than the kernel buffers. The healthy client reads all."""
        for number in range(MANY):
            self.broadcast(json.dumps({"type": "large", "number": number, "filling": FILLING}))
            large = healthy.wait_for(lambda message: message["type"] == "large")
            assert large["number"] == number

    def rss_bytes(self) -> int:
        return int(self.process.memory_info().rss)

    def has_no_traceback(self) -> bool:
        return "Traceback" not in self.server.log


def shows(count: int, healthy: RawWebSocket) -> None:
    """Wait until the client receives this count of connections."""
    healthy.wait_for(lambda message: message.get("count") == count)


@contextmanager
def serving(
    production: dict[str, str],
    directory: Path,
    max_seconds: int,
    application: str = BENCHMARKED,
) -> Iterator[DaphneServer]:
    """Start a server that closes slow consumers after ``max_seconds``."""
    given = {
        **with_own_database(production, directory),
        "LANDING_SLOW_READER_MAX_SECONDS": str(max_seconds),
        "LANDING_BROADCAST_INTERVAL_SECONDS": "0.05",
        "LANDING_HEARTBEAT_SECONDS": "1",
        "LANDING_MAX_CONNECTIONS_PER_VISITOR": "1000",
    }
    server = DaphneServer(given, application=application)
    try:
        server.start()
        yield server
    finally:
        server.close()


@contextmanager
def room_in(server: DaphneServer) -> Iterator[Room]:
    """Return a room, and close all its clients afterwards."""
    with ExitStack() as open_sockets:
        room = Room(server, open_sockets)
        yield room
        assert room.has_no_traceback(), server.log
    with RawWebSocket(server.port) as last:
        shows(1, last)


@pytest.fixture(scope="module")
def server(
    production: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaphneServer]:
    directory = tmp_path_factory.mktemp("bad_clients")
    with serving(production, directory, MAX_SECONDS) as server:
        yield server


@pytest.fixture
def room(server: DaphneServer) -> Iterator[Room]:
    with room_in(server) as room:
        yield room


@pytest.fixture
def patient_room(production: dict[str, str], tmp_path: Path) -> Iterator[Room]:
    """Return a room whose slow consumers are not closed before the test ends."""
    with serving(production, tmp_path, PATIENT_SECONDS) as server, room_in(server) as room:
        yield room


@pytest.fixture
def closing_room(production: dict[str, str], tmp_path: Path) -> Iterator[Room]:
    """Return a room whose slow consumers have time to read the close frame."""
    with serving(production, tmp_path, MAX_SECONDS, PATIENT) as server, room_in(server) as room:
        yield room


def test_a_slow_consumer_is_closed_with_4408_and_a_healthy_client_gets_every_frame(
    closing_room: Room,
) -> None:
    healthy, stuck = closing_room.enter(), closing_room.enter()
    shows(2, healthy)
    closing_room.fill(healthy)
    shows(1, healthy)
    texts, code = stuck.read_to_end()
    assert code == SLOW_CONSUMER
    assert len(texts) < MANY


def test_clients_that_never_read_are_dropped_and_use_little_memory(room: Room) -> None:
    healthy = room.enter()
    room.fill(healthy)  # fills all buffers that the process needs in any case
    stuck = [room.enter() for _ in range(20)]
    shows(21, healthy)
    before = room.rss_bytes()
    room.fill(healthy)
    assert room.rss_bytes() - before < MAX_GROWTH_BYTES
    shows(1, healthy)
    wait_until(
        lambda: len(room.process.net_connections("tcp")) == 3, "only two clients are connected"
    )
    assert [each.read_to_end()[1] for each in stuck] == [None] * 20


def test_a_client_that_reads_again_gets_the_latest_count_only(
    patient_room: Room,
) -> None:
    healthy, stuck = patient_room.enter(), patient_room.enter()
    shows(2, healthy)
    patient_room.fill(healthy)
    patient_room.enter()
    shows(3, healthy)
    received: list[str] = []
    # It received a retry frame at the start, and receives another with the latest state.
    while received.count("retry") < 2:
        message = stuck.wait_for(lambda message: True)
        received.append(message["type"])
        if message["type"] == "connection-count":
            count = message["count"]
    assert received.count("large") < MANY
    assert count == 3


def test_a_slow_consumer_that_closes_is_removed_at_once(room: Room) -> None:
    healthy, stuck = room.enter(), room.enter()
    shows(2, healthy)
    room.fill(healthy)
    stuck.leave()
    shows(1, healthy)
    assert stuck.read_to_end()[1] is None


@pytest.mark.parametrize(
    "ping",
    [
        pytest.param(frames.dump(frames.TEXT, b'{"type":"ping"}'), id="of this protocol"),
        pytest.param(frames.dump(frames.PING, b"x" * 125), id="of WebSocket"),
    ],
)
def test_a_flood_of_unread_pings_is_closed_and_uses_little_memory(room: Room, ping: bytes) -> None:
    healthy, flooding = room.enter(), room.enter()
    shows(2, healthy)
    before = room.rss_bytes()
    assert flooding.flood(ping * 100, seconds=20)
    assert room.rss_bytes() - before < MAX_GROWTH_BYTES
    shows(1, healthy)


def test_half_a_frame_delays_no_other_client(room: Room) -> None:
    healthy, slow = room.enter(), room.enter()
    shows(2, healthy)
    frame = frames.dump(frames.TEXT, b'{"type":"ping"}')
    slow.send_bytes(frame[:7])
    room.enter()
    shows(3, healthy)
    shows(3, slow)
    slow.send_bytes(frame[7:])
    assert slow.wait_for(lambda message: message["type"] == "pong") == {"type": "pong"}


@pytest.mark.parametrize("sent_bytes", [1, 3, 7, 20])
def test_half_a_frame_and_a_reset_leave_no_connection(room: Room, sent_bytes: int) -> None:
    healthy, crashing = room.enter(), room.enter()
    shows(2, healthy)
    crashing.send_bytes(frames.dump(frames.TEXT, b'{"type":"ping"}')[:sent_bytes])
    crashing.reset()
    shows(1, healthy)


@pytest.mark.parametrize("end", ["reset", "leave"])
def test_departures_during_a_broadcast_do_not_affect_others(room: Room, end: str) -> None:
    sockets = [room.enter() for _ in range(200)]
    shows(200, sockets[-1])
    going, staying = sockets[:100:2], sockets[1:100:2] + sockets[100:]
    for number in range(100):
        room.broadcast(json.dumps({"type": "broadcast", "number": number}))
        if number % 2:
            getattr(going[number // 2], end)()
    for each in staying:
        received = (message for message in each.messages() if message["type"] == "broadcast")
        assert [next(received)["number"] for _ in range(100)] == list(range(100))
    shows(151, room.enter())
