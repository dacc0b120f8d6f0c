"""The graceful stop of Daphne: accept nothing more, finish what has begun, then stop.

By itself, Daphne stops its reactor at the signal, which cancels requests and handshakes in
progress, and connections that have just been accepted. The drain of the worker follows when the
reactor stops.

If another process has begun to accept the connections of this one, the WebSockets close in small
steps before.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from daphne.http_protocol import WebRequest
from twisted.internet.error import ReactorNotRunning

from .guard import Guard

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
#: Announces, before the stop, that a successor accepts on the same socket. It is ignored by
#: default, so that a process which does not know it stops as usual. Windows has none.
SUCCESSOR_SIGNAL = getattr(signal, "SIGURG", None)
#: Time between two checks whether everything has ended.
CHECK_SECONDS = 0.05
#: How long a new connection may take to send its request.
HEAD_SECONDS = 1.0
#: How long requests and handshakes may take to end. Less than the stop timeout of process managers.
MAX_SECONDS = 10.0
#: How long the handover may take; the drain closes the WebSockets that remain.
MAX_HANDOVER_SECONDS = 10.0
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
        self._handover_began_at = 0.0
        self._has_successor = False

    def install(self) -> None:
        """Handle the signals that Twisted handles. A host with handlers of its own keeps them."""
        for number in SIGNALS:
            if getattr(signal.getsignal(number), "__self__", None) is self._reactor:
                signal.signal(number, lambda *_: self._reactor.callFromThread(self.begin))
                if SUCCESSOR_SIGNAL is not None:
                    signal.signal(SUCCESSOR_SIGNAL, lambda *_: self.expect_handover())

    def expect_handover(self) -> None:
        """Note that a successor accepts connections, so that the stop hands the open ones over."""
        self._has_successor = True

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
        self._handover_began_at = self._reactor.seconds()
        self._hand_over()

    def _hand_over(self) -> None:
        """Close WebSockets in small steps if there is a successor, then stop."""
        age_seconds = self._reactor.seconds() - self._handover_began_at
        is_due = self._has_successor and age_seconds < MAX_HANDOVER_SECONDS
        # Twisted would drop the close frames that wait.
        if is_due and (self._guard.hand_over() or self._has_closing()):
            self._reactor.callLater(CHECK_SECONDS, self._hand_over)
        else:
            self._stop()

    def _in_progress(self) -> int:
        """Return how many requests and handshakes have not ended."""
        return len(self._guard.request_bodies) + sum(map(_is_in_progress, self._connected()))

    def _has_closing(self) -> bool:
        """Return whether a client has not confirmed its close yet. It has a second for that."""
        return any(map(_is_closing, self._connected()))

    def _connected(self) -> Iterator[Any]:
        """Yield the protocols of all requests and WebSockets that have not ended."""
        for server in self._servers:
            for protocol, details in server.connections.items():
                if "disconnected" not in details:
                    yield protocol

    def _stop(self) -> None:
        with suppress(ReactorNotRunning):
            self._reactor.stop()


def _is_in_progress(protocol: Any) -> bool:
    if isinstance(protocol, WebRequest):
        return True
    is_connecting: bool = protocol.state == protocol.STATE_CONNECTING
    return is_connecting


def _is_closing(protocol: Any) -> bool:
    return not isinstance(protocol, WebRequest) and protocol.state == protocol.STATE_CLOSING
