"""The load client: up to 10,000 sockets in one process, at 1 to 2 µs per frame.

It uses raw sockets and epoll instead of asyncio. It does not know the scenarios.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle

from tests.load.bench import greetings
from tests.load.bench.peer import Peer, Phase
from tests.load.bench.servers import Server
from tests.services import frames

#: One source address has too few ports for all sockets; each address adds its own.
SOURCES = [f"127.0.0.{number}" for number in range(2, 18)]
READ_BYTES = 65_536
#: A server that accepts nothing for this time has failed.
PATIENCE_SECONDS = 30.0
#: Events per call of epoll.
EVENTS = 1_023
#: Attempts to measure one broadcast without other frames.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Reach:
    """The seconds until a broadcast reached the last socket, and the load of the client's core."""

    seconds: float
    client_busy: float


class Crowd:
    """Sockets to one server.

    With ``greeted``, a socket counts as connected from its first text frame.
    """

    def __init__(self, server: Server, *, greeted: bool = False) -> None:
        self.server = server
        #: all text frames (Socket.IO: events) received
        self.frames = 0
        #: of these, the frames with a count
        self.count_frames = 0
        #: sockets that have completed their handshake
        self.connected = 0
        #: sockets that received the count of :meth:`watch_for`
        self.showing = 0
        #: close codes of sockets that the server closed; None if it sent no code
        self.lost: list[int | None] = []
        self._complete = (lambda peer: peer.frames > 0) if greeted else Peer.is_open
        self._marker: bytes | None = None
        self._peers: dict[int, Peer] = {}
        self._order: list[Peer] = []
        self._handshakes: set[Peer] = set()
        self._controller: Peer | None = None
        self._epoll = select.epoll()
        self._sources = cycle(SOURCES)

    # -- commands of scenarios -------------------------------------------------------

    @property
    def open(self) -> int:
        """Return the number of connected sockets."""
        return len(self._order)

    def newest(self, index: int) -> bytes:
        """Return the last text of the n-th connected socket, or empty bytes before the first."""
        frame = self._order[index].newest
        return frames.payload(frame) if frame else b""

    def frames_of(self, index: int) -> int:
        """Return how many text frames one socket received."""
        return self._order[index].frames

    def connect(self, count: int, in_flight: int = 200) -> float:
        """Connect ``count`` more sockets, ``in_flight`` at a time. Return the seconds it took."""
        path = self.server.path
        requests = iter([greetings.request(self.server, path) for _ in range(count)])
        began = time.perf_counter()
        deadline = began + PATIENCE_SECONDS
        asked, target = 0, self.connected + count
        while (before := self.connected) < target:
            while asked < count and len(self._handshakes) < in_flight:
                self._handshakes.add(self._dial(next(requests)))
                asked += 1
            self._pump(0.1)
            now = time.perf_counter()
            if self.connected > before:
                deadline = now + PATIENCE_SECONDS
            elif now > deadline:
                raise TimeoutError(f"{self.server.name} left {target - before} waiting")
        return time.perf_counter() - began

    def begin_to_connect(self, count: int) -> None:
        """Start ``count`` handshakes. They complete while the crowd runs."""
        for _ in range(count):
            request = greetings.request(self.server, self.server.path)
            self._handshakes.add(self._dial(request))

    def close(self, count: int) -> None:
        """Close the oldest sockets as a closed tab does. They end while the crowd runs."""
        leaving, self._order = self._order[:count], self._order[count:]
        for peer in leaving:
            peer.leave()

    def vanish(self) -> None:
        """Drop all connections without a close frame."""
        for peer in self._peers.values():
            peer.vanish()
        self._peers, self._order, self._controller = {}, [], None
        self._handshakes.clear()

    def stop_reading(self, count: int) -> None:
        """Stop reading the ``count`` newest sockets."""
        for peer in self._order[-count:]:
            self._epoll.unregister(peer.fd)

    def wait_for(self, size_bytes: int) -> None:
        """Read a socket only when ``size_bytes`` have arrived, so several frames at a time."""
        for peer in self._order:
            peer.wait_for(size_bytes)

    def reach_all(self, text: str) -> Reach:
        """Measure one broadcast until the last socket, and read the frames after that.

        Reading in between would compete with the server for caches and memory bandwidth. Another
        frame, such as a ping, spoils the attempt, which is then repeated. Raise RuntimeError if
        every attempt was spoiled.
        """
        for _ in range(ATTEMPTS):
            if reach := self._try_to_reach_all(text):
                return reach
        raise RuntimeError(f"{self.server.name} sent more than a broadcast")

    def reach_all_reading(self, text: str) -> Reach:
        """Measure one broadcast until the last socket, and read all frames as they arrive."""
        self._control()
        self._read_what_is_there()
        target = self.frames + self.open
        began, client_began = time.perf_counter(), time.process_time()
        self.broadcast(text)
        self.run_until(lambda: self.frames >= target)
        return _reach_since(began, client_began)

    def run(self, seconds: float) -> None:
        """Read and answer for ``seconds``."""
        self._run(lambda: False, time.perf_counter() + seconds)

    def run_until(self, done: Callable[[], bool], timeout_seconds: float = 60) -> float:
        """Run until ``done()``, checked after each batch of frames. Return the seconds it took.

        Raise TimeoutError after ``timeout_seconds``.
        """
        began = time.perf_counter()
        self._run(done, began + timeout_seconds)
        if not done():
            raise TimeoutError(
                f"{self.server.name}: not within {timeout_seconds} s; {self.open} open, "
                f"{self.showing} showing, {self.frames} frames, {len(self.lost)} lost"
            )
        return time.perf_counter() - began

    def watch_for(self, count: int) -> None:
        """Count in ``showing`` the sockets that receive a frame with this count."""
        self._marker = self.server.marker(count)
        self.showing = 0
        for peer in self._order:
            peer.shows = False

    def broadcast(self, text: str) -> None:
        """Make the server send this text to all its sockets. For Socket.IO it is JSON."""
        self._control().order_broadcast(text)

    # -- one broadcast ---------------------------------------------------------------

    def _control(self) -> Peer:
        if self._controller is None:
            request = greetings.request(self.server, self.server.control_path)
            self._controller = controller = self._dial(request, is_controller=True)
            self.run_until(controller.is_open, timeout_seconds=10)
        return self._controller

    def _try_to_reach_all(self, text: str) -> Reach | None:
        """Measure one broadcast. Return None if any socket received more than one frame."""
        self._control()
        self._read_what_is_there()
        expected = [(peer.fd, peer.frames + 1, peer.asides) for peer in self._order]
        target = self.frames + self.open
        with self._noticing_only():
            came_early = bool(self._epoll.poll(0, 1))
            began, client_began = time.perf_counter(), time.process_time()
            self.broadcast(text)
            self._wait_for_something_new({peer.fd for peer in self._order})
            reach = _reach_since(began, client_began)
        self._read_what_is_there()
        received = [(peer.fd, peer.frames, peer.asides) for peer in self._order]
        # The other frame must not arrive during the next attempt.
        self.run_until(lambda: self.frames >= target)
        return None if came_early or received != expected else reach

    @contextmanager
    def _noticing_only(self) -> Iterator[None]:
        """Report each socket once when data arrives, because the data stays unread."""
        peers = [*self._order, self._control()]
        for peer in peers:
            self._epoll.modify(peer.fd, select.EPOLLIN | select.EPOLLET)
        try:
            yield
        finally:
            for peer in peers:
                self._epoll.modify(peer.fd, select.EPOLLIN)

    def _wait_for_something_new(self, waiting: set[int]) -> None:
        deadline = time.perf_counter() + PATIENCE_SECONDS
        while waiting:
            if (seconds := deadline - time.perf_counter()) <= 0:
                raise TimeoutError(f"{self.server.name} left {len(waiting)} without a broadcast")
            waiting.difference_update(fd for fd, _ in self._epoll.poll(seconds))

    # -- sockets ---------------------------------------------------------------------

    def _dial(self, request: bytes, *, is_controller: bool = False) -> Peer:
        peer = Peer(self.server, next(self._sources), is_controller=is_controller)
        self._peers[peer.fd] = peer
        self._epoll.register(peer.fd, select.EPOLLIN if peer.ask(request) else select.EPOLLOUT)
        return peer

    def _run(self, done: Callable[[], bool], deadline: float) -> None:
        self._read_what_is_there()
        while not done() and (seconds := deadline - time.perf_counter()) > 0:
            self._pump(seconds)

    def _read_what_is_there(self) -> None:
        """Read each socket about once, so that the call ends while frames keep arriving."""
        for _ in range(len(self._peers) // EVENTS + 1):
            self._pump(0)

    def _pump(self, timeout_seconds: float) -> None:
        """Read all sockets with data. The usual case, one complete text frame, is inlined."""
        peers, marker, count = self._peers, self._marker, self.server.count_marker
        for fd, _ in self._epoll.poll(timeout_seconds, EVENTS):
            peer = peers[fd]
            if peer.phase is Phase.CONNECTING:
                if peer.ask(peer.buffer):
                    self._epoll.modify(fd, select.EPOLLIN)
                continue
            try:
                data = os.read(fd, READ_BYTES)
            except ConnectionError:
                data = b""
            if not data:
                self._end(peer)
                continue
            if peer.buffer:
                data = peer.buffer + data
            if marker is not None and not peer.shows and marker in data:
                peer.shows = True
                self.showing += 1
            if peer.frames and peer.phase is Phase.OPEN and frames.is_one_text(data):
                peer.newest = data
                peer.frames += 1
                peer.buffer = b""
                self.frames += 1
                self.count_frames += count in data
            else:
                self._take(peer, data)

    def _take(self, peer: Peer, data: bytes) -> None:
        phase, had = peer.phase, peer.frames
        peer.take(data)
        self.frames += peer.frames - had
        understood = data[: len(data) - len(peer.buffer)] if peer.buffer else data
        self.count_frames += understood.count(self.server.count_marker)
        if peer.phase is not phase:
            self._turn(peer, phase)
        if self._handshakes and peer in self._handshakes and self._complete(peer):
            self._handshakes.discard(peer)
            self.connected += 1

    def _end(self, peer: Peer) -> None:
        phase = peer.phase
        peer.end()
        del self._peers[peer.fd]
        self._turn(peer, phase)

    def _turn(self, peer: Peer, was: Phase) -> None:
        """Record a socket that connected or that the server closed."""
        if peer.is_controller:
            return
        if peer.phase is Phase.OPEN:
            self._order.append(peer)
        elif peer.phase is Phase.LEAVING and was is Phase.OPEN:
            self._order.remove(peer)
            self.lost.append(peer.close_code)


def _reach_since(began: float, client_began: float) -> Reach:
    seconds = time.perf_counter() - began
    return Reach(seconds, (time.process_time() - client_began) / seconds)
