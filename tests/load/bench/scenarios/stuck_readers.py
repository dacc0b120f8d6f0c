"""Memory growth while some sockets never read, and the frames of a socket that does."""

from __future__ import annotations

import select
import socket
import time
import urllib.request
from dataclasses import dataclass

from tests.load.bench import greetings, servers
from tests.load.bench.crowd import Crowd
from tests.load.bench.report import Row
from tests.load.bench.servers import Server
from tests.services import frames
from tests.services.ports import HOST

NAME = "stuck_readers"
STUCK = 20
FRAME_BYTES, FRAMES_PER_SECOND = 8_192, 150
#: Plain sends run for a shorter time, because they would use all memory.
SECONDS, FIRST_SECONDS = 60, 6
MAX_GROWTH_MB = 5
#: Wait for the last frames.
GRACE_SECONDS = 2.0
SLOW_CONSUMERS_CLOSED, METRICS_SECONDS = "landing_slow_readers_closed_total", 10


class HealthySocket:
    """A socket that reads all frames and keeps the number at the start of each large one."""

    def __init__(self, server: Server) -> None:
        self.numbers: list[int] = []
        self._socket = socket.create_connection((HOST, server.port))
        self._socket.sendall(greetings.request(server, server.path))
        self._buffer = b""
        while greetings.END_OF_HEAD not in self._buffer:
            self._buffer += self._receive()
        self._buffer = self._buffer.partition(greetings.END_OF_HEAD)[2]

    def read(self, timeout_seconds: float) -> None:
        """Read frames that are there or arrive within ``timeout_seconds``."""
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
    """The highest growth of RSS, in total and in the first seconds.

    ``frames`` is how many the healthy socket received.
    """

    growth_mb: float
    first_growth_mb: float
    frames: int


def run(rounds: int) -> list[Row]:
    """Measure one minute as one round, because the bound is on the end and not on the speed."""
    with servers.ours() as server:
        ours = _play(server, SECONDS)
        closed = _slow_consumers_closed(server)
    with servers.plain() as server:
        plain = _play(server, FIRST_SECONDS)
    every = SECONDS * FRAMES_PER_SECOND
    label = f"{STUCK} stuck clients, {FRAME_BYTES} B x {FRAMES_PER_SECOND}/s"
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
            f"frames received by a healthy client meanwhile, of {every:,}: ours",
            "",
            [ours.frames],
            bound=every,
        ),
        Row(
            NAME,
            f"stuck clients closed with 4408, of {STUCK}: ours",
            "",
            [closed],
            bound=STUCK,
        ),
        Row(
            NAME,
            f"RSS growth in the first {FIRST_SECONDS} s: ours / plain sends on Daphne",
            "MB",
            [ours.first_growth_mb],
            [plain.first_growth_mb],
        ),
    ]


def _play(server: Server, seconds: int) -> Outcome:
    healthy = HealthySocket(server)
    crowd = Crowd(server)
    crowd.connect(STUCK)
    crowd.run(1)
    crowd.stop_reading(STUCK)
    growth = Growth(server)
    _broadcast(crowd, healthy, growth, seconds)
    healthy.close()
    crowd.vanish()
    in_order = sorted(set(healthy.numbers))
    if healthy.numbers != in_order:
        raise RuntimeError("The healthy socket received duplicate or unordered frames.")
    return Outcome(growth.most_mb, growth.first_mb, len(healthy.numbers))


class Growth:
    """The highest growth of RSS in MB since its creation, at the samples taken."""

    def __init__(self, server: Server) -> None:
        self.most_mb = self.first_mb = 0.0
        self._server = server
        self._before_bytes = server.rss_bytes()
        self._began = time.monotonic()

    def sample(self) -> None:
        grown_mb = (self._server.rss_bytes() - self._before_bytes) / 1e6
        self.most_mb = max(self.most_mb, grown_mb)
        if time.monotonic() - self._began < FIRST_SECONDS:
            self.first_mb = self.most_mb


def _broadcast(crowd: Crowd, healthy: HealthySocket, growth: Growth, seconds: int) -> None:
    """Request numbered frames at the fixed rate."""
    every, asked = seconds * FRAMES_PER_SECOND, 0
    began = time.monotonic()
    while asked < every:
        due = int((time.monotonic() - began) * FRAMES_PER_SECOND) + 1
        for number in range(asked, min(due, every)):
            crowd.broadcast(f"{number:010d}".ljust(FRAME_BYTES, "x"))
        asked = max(asked, min(due, every))
        healthy.read(began + asked / FRAMES_PER_SECOND - time.monotonic())
        growth.sample()
    deadline = time.monotonic() + GRACE_SECONDS
    while len(healthy.numbers) < every and time.monotonic() < deadline:
        healthy.read(0.1)
        growth.sample()


def _slow_consumers_closed(server: Server) -> float:
    """Return the count from the server's metrics. Raise RuntimeError if it is missing."""
    request = urllib.request.Request(
        f"http://{HOST}:{server.port}/metrics", headers={"Host": "localhost"}
    )
    with urllib.request.urlopen(request, timeout=METRICS_SECONDS) as response:
        for line in response.read().decode().splitlines():
            name, _, value = line.partition(" ")
            if name == SLOW_CONSUMERS_CLOSED:
                return float(value)
    raise RuntimeError(f"{server.name} has no {SLOW_CONSUMERS_CLOSED}")
