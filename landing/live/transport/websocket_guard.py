"""Limits of WebSocket frames where bytes arrive, before autobahn and the ASGI queue.

autobahn answers pings by itself, so a consumer never sees them, and Daphne's queue to a consumer
has no bound. Here every frame costs, for its connection and for its network. A client that sends
more than its rate is read more slowly, and is closed if it goes on.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any, cast

from autobahn.websocket import ConnectionDeny

from ...limits.frame_rate import MAX_EXCESS_SECONDS, POLICY_VIOLATION, FrameRate, frame_cost
from .guard import Guard
from .websocket_phases import BoundedPhases

#: Cost of one read from the socket: bytes that arrive one by one cost as much as frames.
READ_COST = 0.1
#: Reading pauses at least this long, because each pause costs a timer.
MIN_PAUSE_SECONDS = 1.0
#: Bytes that a client may send while the rate of its network is used up.
MAX_BACKLOG_BYTES = 4096
#: Messages that may wait for a consumer that is busy.
MAX_QUEUED_MESSAGES = 20
#: Why a connection is not read, as bits.
UNREAD_REPLIES, OVER_RATE = 1, 2


def guard_websockets(factory: Any, guard: Guard) -> None:
    """Make the factory build guarded connections."""
    factory.guard = guard
    factory.protocol = GuardedWebSocket


def _refusal(status: HTTPStatus) -> Exception:
    deny: Any = ConnectionDeny
    return cast("Exception", deny(status.value, status.phrase))


class GuardedWebSocket(BoundedPhases):
    """A connection whose frames are counted before they are parsed.

    It is Twisted's producer for its own transport, which calls :meth:`pauseProducing` while many
    bytes wait for the client.
    """

    #: Empty if it is unknown: these clients have no limit together.
    _network = ""
    #: Whether the network has counted this connection.
    _is_network_counted = False
    _frame_rate: FrameRate
    _not_read_because = 0
    _resume_call: Any = None
    #: Bytes read since the connection last was within its limits after a wait.
    _read_bytes = 0

    # The names below are autobahn's and Twisted's.

    def connectionMade(self) -> None:  # noqa: N802
        self.arrived_at = time.monotonic()
        guard: Guard = self.factory.guard
        self._frame_rate = FrameRate(guard.limits.connection_frames)
        super().connectionMade()

    def onConnect(self, request: Any) -> Any:  # noqa: N802
        """Refuse what Daphne cannot parse, and what exceeds the maximum behind a proxy."""
        if not request.headers.get("sec-websocket-protocol", "").isascii():
            raise _refusal(HTTPStatus.BAD_REQUEST)
        guard: Guard = self.factory.guard
        forwarded_for = request.headers.get("x-forwarded-for", "")
        peer = getattr(self.transport.getPeer(), "host", "")
        self._network = guard.network(peer, forwarded_for)
        if guard.has_proxy:
            if not guard.open_connection(self._network):
                raise _refusal(HTTPStatus.TOO_MANY_REQUESTS)
            self._is_network_counted = True
        return super().onConnect(request)

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        if self._is_network_counted:
            self._is_network_counted = False
            self.factory.guard.close_connection(self._network)
        self._cancel_resume()
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        self._frame_rate.spend(self._now(), READ_COST)
        self._read_bytes += len(data)
        super().dataReceived(data)
        if self.state == self.STATE_OPEN and self._excess_seconds():
            self._hold()

    def processData(self) -> bool:  # noqa: N802
        """Parse the next frame, unless the client must wait; its bytes stay in the buffer."""
        if self.muted:
            return False
        is_at_a_frame = self.current_frame is None and self.data
        if is_at_a_frame and self.state == self.STATE_OPEN and self._excess_seconds():
            self._hold()
            return False
        return bool(super().processData())

    def onFrameBegin(self) -> None:  # noqa: N802
        cost = frame_cost(self.current_frame.length)
        self._frame_rate.spend(self._now(), cost)
        if self._network:
            self.factory.guard.limits.frames.spend(self._network, cost)
        super().onFrameBegin()

    def pauseProducing(self) -> None:  # noqa: N802
        self._stop_reading(UNREAD_REPLIES)

    def resumeProducing(self) -> None:  # noqa: N802
        self._read_again(UNREAD_REPLIES)

    def stopProducing(self) -> None:  # noqa: N802
        """Do nothing: the connection is ending."""

    # -- reading

    def _stop_reading(self, reason: int) -> None:
        if not self._not_read_because:
            self.transport.pauseProducing()
        self._not_read_because |= reason

    def _read_again(self, reason: int) -> None:
        if self._not_read_because & reason:
            self._not_read_because &= ~reason
            if not self._not_read_because:
                self.transport.resumeProducing()

    # -- rates

    def _now(self) -> float:
        return float(self.factory.reactor.seconds())

    def _excess_seconds(self) -> float:
        """Return how long the next frame must wait; 0 within the limits."""
        guard: Guard = self.factory.guard
        is_limited = guard.limits.connection_frames.per_second
        if is_limited and self.application_queue.qsize() >= MAX_QUEUED_MESSAGES:
            return MIN_PAUSE_SECONDS
        return max(
            self._frame_rate.wait_seconds(self._now()),
            guard.limits.frames.wait_seconds(self._network),
        )

    def _hold(self) -> None:
        """Let the next frame wait, or close a client that exceeds a limit for long.

        While others use up the rate of its network, a client exceeds it only if it goes on
        sending. An honest one has sent little, and is still read.
        """
        now = self._now()
        if self._frame_rate.wait_seconds(now) or self._read_bytes > MAX_BACKLOG_BYTES:
            if self._frame_rate.is_abused(now):
                self._close_for_excess()
                return
            self._stop_reading(OVER_RATE)
        if self._resume_call is None:
            pause_seconds = min(max(MIN_PAUSE_SECONDS, self._excess_seconds()), MAX_EXCESS_SECONDS)
            self._resume_call = self.factory.reactor.callLater(pause_seconds, self._resume)

    def _resume(self) -> None:
        self._resume_call = None
        self._frame_rate.end_wait(self._now())
        self.consumeData()
        if self.state == self.STATE_OPEN and self._excess_seconds():
            self._hold()
        if self._resume_call is None and not self.muted:
            self._read_bytes = len(self.data)
            self._read_again(OVER_RATE)

    def _cancel_resume(self) -> None:
        if self._resume_call is not None:
            self._resume_call.cancel()
            self._resume_call = None

    def _close_for_excess(self) -> None:
        """Close the connection, and let its consumer unregister it at once."""
        self.factory.guard.log_excess()
        self._cancel_resume()
        self._stop_reading(OVER_RATE)
        self.sendCloseFrame(code=POLICY_VIOLATION)
        self.muted = True
        self.application_queue.put_nowait(
            {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
        )
