"""The load client: up to 10,000 sockets in one process, and the measurement of a broadcast."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.load.bench import greetings
from tests.load.bench.peer import Peer
from tests.load.bench.sockets import PATIENCE_SECONDS, Sockets
from tests.services import frames

#: Attempts to measure one broadcast without other frames.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Reach:
    """The seconds until a broadcast reached the last socket, and the load of the client's core."""

    seconds: float
    client_busy: float


class Crowd(Sockets):
    """Sockets that a scenario controls."""

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


def _reach_since(began: float, client_began: float) -> Reach:
    seconds = time.perf_counter() - began
    return Reach(seconds, (time.process_time() - client_began) / seconds)
