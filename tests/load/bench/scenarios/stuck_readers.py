"""Growth of memory while some sockets never read, and whether another one gets everything."""

from __future__ import annotations

import select
import socket
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.load.bench import frames, greetings, servers
from tests.load.bench.crowd import Crowd
from tests.load.bench.report import Row
from tests.load.bench.servers import Server
from tests.services.ports import HOST

NAME = "stuck_readers"
STUCK = 20
FRAME_BYTES, FRAMES_PER_SECOND = 8_192, 150
SECONDS, PLAIN_SECONDS = 60, 6
MAX_GROWTH_MB = 5
#: For the last frames to arrive.
GRACE_SECONDS = 2.0


class HealthySocket:
    """Reads all that it is sent, and remembers the numbers that the large frames begin with."""

    def __init__(self, server: Server) -> None:
        self.numbers: list[int] = []
        self._socket = socket.create_connection((HOST, server.port))
        self._socket.sendall(greetings.request(server, server.path))
        self._buffer = b""
        while greetings.END_OF_HEAD not in self._buffer:
            self._buffer += self._receive()
        self._buffer = self._buffer.partition(greetings.END_OF_HEAD)[2]

    def read(self, timeout_seconds: float) -> None:
        """Take what is there, or comes within that time."""
        if select.select([self._socket], [], [], max(timeout_seconds, 0))[0]:
            data = self._buffer + self._receive()
            at = 0
            for opcode, begin, end in frames.parse(data):
                if opcode == frames.TEXT and end - begin == FRAME_BYTES:
                    self.numbers.append(int(data[begin : begin + 10]))
                elif opcode == frames.PING:
                    self._socket.sendall(frames.dump(frames.PONG, data[begin:end]))
                at = end
            self._buffer = data[at:]

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bytes:
        data = self._socket.recv(1 << 20)
        if not data:
            raise RuntimeError("The healthy socket was closed.")
        return data


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far RSS rose above what it was, at most, and what the healthy socket got."""

    seconds: int
    growth_mb: float
    frames: int


def run(rounds: int) -> list[Row]:
    """One minute is one round here: what is bounded is where it ends, not how fast."""
    ours = _play(servers.ours(), SECONDS)
    plain = _play(servers.plain(), PLAIN_SECONDS)
    every = SECONDS * FRAMES_PER_SECOND
    label = f"{STUCK} stuck readers, {FRAME_BYTES} B x {FRAMES_PER_SECOND}/s"
    return [
        Row(
            NAME,
            f"RSS growth in {SECONDS} s, {label}: ours",
            "MB",
            [ours.growth_mb],
            bound=MAX_GROWTH_MB,
            at_least=False,
        ),
        Row(
            NAME,
            f"frames that a healthy socket got beside them, of {every:,}: ours",
            "",
            [ours.frames],
            bound=every,
        ),
        Row(
            NAME,
            "RSS growth a second beside them: ours / plain sends on Daphne",
            "MB/s",
            [ours.growth_mb / ours.seconds],
            [plain.growth_mb / plain.seconds],
        ),
    ]


def _play(running: AbstractContextManager[Server], seconds: int) -> Outcome:
    with running as server:
        healthy = HealthySocket(server)
        crowd = Crowd(server)
        crowd.connect(STUCK)
        crowd.run(1)
        crowd.stop_reading(STUCK)
        growth_mb = _broadcast(crowd, healthy, seconds)
        healthy.close()
        crowd.vanish()
    in_order = sorted(set(healthy.numbers))
    if healthy.numbers != in_order:
        raise RuntimeError("The healthy socket got frames twice or in another order.")
    return Outcome(seconds, growth_mb, len(healthy.numbers))


def _broadcast(crowd: Crowd, healthy: HealthySocket, seconds: int) -> float:
    """Ask for numbered frames at the set rate; the largest growth of RSS in MB."""
    every, asked = seconds * FRAMES_PER_SECOND, 0
    before = highest = crowd.server.rss_bytes()
    began = time.monotonic()
    while asked < every:
        due = int((time.monotonic() - began) * FRAMES_PER_SECOND) + 1
        for number in range(asked, min(due, every)):
            crowd.broadcast(f"{number:010d}".ljust(FRAME_BYTES, "x"))
        asked = max(asked, min(due, every))
        healthy.read(began + asked / FRAMES_PER_SECOND - time.monotonic())
        highest = max(highest, crowd.server.rss_bytes())
    deadline = time.monotonic() + GRACE_SECONDS
    while len(healthy.numbers) < every and time.monotonic() < deadline:
        healthy.read(0.1)
        highest = max(highest, crowd.server.rss_bytes())
    return (highest - before) / 1e6
