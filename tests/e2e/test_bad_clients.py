"""Clients that stop reading, flood, send half a frame or vanish: nobody else notices.

Real Daphne, raw sockets. What the benchmark's control socket is sent goes to everybody
who is connected, at once; its large texts fill the kernel's buffers.
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
#: Longer than any test: who stops reading may come back.
PATIENT_SECONDS = 60
SLOW_READER = 4408
FILLING = "x" * 8192
#: Together more than a kernel takes for who does not read.
MANY = max_unread_bytes() // len(FILLING) + 1
#: A socket may hold LANDING_SLOW_READER_MAX_BYTES; all else is what Python needs for it.
MAX_GROWTH_BYTES = 5_000_000


class Room:
    """One server, and who is connected to it until the test ends."""

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
        """More large texts than a kernel takes for one; the healthy one reads each, in order."""
        for number in range(MANY):
            self.broadcast(json.dumps({"type": "large", "number": number, "filling": FILLING}))
            large = healthy.wait_for(lambda message: message["type"] == "large")
            assert large["number"] == number

    def rss_bytes(self) -> int:
        return int(self.process.memory_info().rss)

    def has_no_traceback(self) -> bool:
        return "Traceback" not in self.server.log


def shows(count: int, healthy: RawWebSocket) -> None:
    """Wait until it is told that so many sockets are open."""
    healthy.wait_for(lambda message: message.get("count") == count)


@contextmanager
def serving(
    production: dict[str, str], directory: Path, max_seconds: int
) -> Iterator[DaphneServer]:
    """Who does not read is closed after so many seconds."""
    given = {
        **with_own_database(production, directory),
        "LANDING_SLOW_READER_MAX_SECONDS": str(max_seconds),
        "LANDING_BROADCAST_INTERVAL_SECONDS": "0.05",
        "LANDING_HEARTBEAT_SECONDS": "1",
        "LANDING_MAX_CONNECTIONS_PER_VISITOR": "1000",
    }
    server = DaphneServer(given, application="tests.load.bench.apps.ours:application")
    try:
        server.start()
        yield server
    finally:
        server.close()


@contextmanager
def room_in(server: DaphneServer) -> Iterator[Room]:
    """Whoever was there is gone afterwards."""
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
    """Where nobody who stops reading is closed before the test ends."""
    with serving(production, tmp_path, PATIENT_SECONDS) as server, room_in(server) as room:
        yield room


def test_who_stops_reading_is_closed_with_4408_and_a_healthy_one_gets_every_frame(
    room: Room,
) -> None:
    healthy, stuck = room.enter(), room.enter()
    shows(2, healthy)
    room.fill(healthy)
    shows(1, healthy)
    texts, code = stuck.read_to_end()
    assert code == SLOW_READER
    assert len(texts) < MANY


def test_who_never_reads_is_dropped_and_holds_next_to_no_memory(room: Room) -> None:
    healthy = room.enter()
    room.fill(healthy)  # what the process needs anyway
    stuck = [room.enter() for _ in range(20)]
    shows(21, healthy)
    before = room.rss_bytes()
    room.fill(healthy)
    assert room.rss_bytes() - before < MAX_GROWTH_BYTES
    shows(1, healthy)
    wait_until(lambda: len(room.process.net_connections("tcp")) == 3, "only we are connected")
    assert [each.read_to_end()[1] for each in stuck] == [None] * 20


def test_who_reads_again_gets_the_newest_numbers_and_not_all_it_missed(
    patient_room: Room,
) -> None:
    healthy, stuck = patient_room.enter(), patient_room.enter()
    shows(2, healthy)
    patient_room.fill(healthy)
    patient_room.enter()
    shows(3, healthy)
    heard: list[str] = []
    # It was told how to reconnect when it visitor, and is again with the newest of everything.
    while heard.count("retry") < 2:
        message = stuck.wait_for(lambda message: True)
        heard.append(message["type"])
        if message["type"] == "connection-count":
            count = message["count"]
    assert heard.count("large") < MANY
    assert count == 3


def test_who_stops_reading_and_closes_is_not_waited_for(room: Room) -> None:
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
def test_who_floods_with_pings_and_never_reads_is_closed_and_fills_no_memory(
    room: Room, ping: bytes
) -> None:
    healthy, flooding = room.enter(), room.enter()
    shows(2, healthy)
    before = room.rss_bytes()
    assert flooding.flood(ping * 100, seconds=20)
    assert room.rss_bytes() - before < MAX_GROWTH_BYTES
    shows(1, healthy)


def test_half_a_frame_waits_for_the_rest_and_for_nobody_else(room: Room) -> None:
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
def test_half_a_frame_and_a_reset_leave_nothing_behind(room: Room, sent_bytes: int) -> None:
    healthy, crashing = room.enter(), room.enter()
    shows(2, healthy)
    crashing.send_bytes(frames.dump(frames.TEXT, b'{"type":"ping"}')[:sent_bytes])
    crashing.reset()
    shows(1, healthy)


@pytest.mark.parametrize("end", ["reset", "leave"])
def test_fifty_who_go_during_a_broadcast_to_two_hundred_keep_nothing_from_the_others(
    room: Room, end: str
) -> None:
    sockets = [room.enter() for _ in range(200)]
    shows(200, sockets[-1])
    going, staying = sockets[:100:2], sockets[1:100:2] + sockets[100:]
    for number in range(100):
        room.broadcast(json.dumps({"type": "broadcast", "number": number}))
        if number % 2:
            getattr(going[number // 2], end)()
    for each in staying:
        heard = (message for message in each.messages() if message["type"] == "broadcast")
        assert [next(heard)["number"] for _ in range(100)] == list(range(100))
    shows(151, room.enter())
