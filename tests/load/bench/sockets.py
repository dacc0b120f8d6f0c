"""The event loop of the load client: raw sockets and epoll, at 1 to 2 µs per frame.

It reads and answers. It does not know the scenarios.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from itertools import cycle

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


class Sockets:
    """Sockets to one server, with the figures that they have received.

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

    @property
    def open(self) -> int:
        """Return the number of connected sockets."""
        return len(self._order)

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
