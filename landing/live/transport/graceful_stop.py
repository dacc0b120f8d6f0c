"""The graceful stop of Daphne: accept nothing more, finish what has begun, then stop.

By itself, Daphne stops its reactor at the signal, which cancels requests and handshakes in
progress, and connections that have just been accepted. The drain of the worker follows when the
reactor stops.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from daphne.http_protocol import WebRequest
from twisted.internet.error import ReactorNotRunning

from .guard import Guard

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
#: Time between two checks whether everything has ended.
CHECK_SECONDS = 0.05
#: How long a new connection may take to send its request.
HEAD_SECONDS = 1.0
#: How long requests and handshakes may take to end. Less than the stop timeout of process managers.
MAX_SECONDS = 10.0
#: A second signal within this time is the same stop: some platforms signal every process, and then
#: the supervisor of this one does, too.
REPEATED_SECONDS = 1.0


class GracefulStop:
    """The stop of one server process, which happens at most once.

    ``ports`` are the listening sockets, and ``servers`` the Daphne servers behind them.
    """

    def __init__(self, reactor: Any, guard: Guard, ports: Iterable[Any], servers: Iterable[Any]):
        self._reactor = reactor
        self._guard = guard
        self._ports = tuple(ports)
        self._servers = tuple(servers)
        self._began_at = 0.0

    def install(self) -> None:
        """Handle the signals that Twisted handles. A host with handlers of its own keeps them."""
        for number in SIGNALS:
            if getattr(signal.getsignal(number), "__self__", None) is self._reactor:
                signal.signal(number, lambda *_: self._reactor.callFromThread(self.begin))

    def begin(self) -> None:
        """Begin the stop. A later call skips the wait."""
        if self._guard.is_stopping:
            if self._reactor.seconds() - self._began_at >= REPEATED_SECONDS:
                self._stop()
            return
        self._guard.is_stopping = True
        for port in self._ports:
            port.stopListening()
        for channel in self._guard.keep_alive.items():
            channel.loseConnection()
        self._began_at = self._reactor.seconds()
        self._check()

    def _check(self) -> None:
        age_seconds = self._reactor.seconds() - self._began_at
        is_arriving = age_seconds < HEAD_SECONDS and len(self._guard.heads)
        in_progress = self._in_progress()
        if age_seconds < MAX_SECONDS and (is_arriving or in_progress):
            self._reactor.callLater(CHECK_SECONDS, self._check)
            return
        if in_progress:
            logger.warning("Stopping with %d requests that take too long", in_progress)
        self._stop()

    def _in_progress(self) -> int:
        """Return how many requests and handshakes have not ended."""
        return len(self._guard.request_bodies) + sum(
            _is_in_progress(protocol)
            for server in self._servers
            for protocol, details in server.connections.items()
            if "disconnected" not in details
        )

    def _stop(self) -> None:
        with suppress(ReactorNotRunning):
            self._reactor.stop()


def _is_in_progress(protocol: Any) -> bool:
    if isinstance(protocol, WebRequest):
        return True
    is_connecting: bool = protocol.state == protocol.STATE_CONNECTING
    return is_connecting
