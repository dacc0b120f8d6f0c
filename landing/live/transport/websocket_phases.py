"""The limits of a WebSocket while its handshake is not answered, and while it ends.

autobahn keeps every byte that arrives then, and Twisted waits forever for a client to read the last
bytes, or to end TLS.
"""

from __future__ import annotations

from typing import Any

from .direct_reply import DirectReply
from .guard import MAX_DISCARDED_BYTES, Guard

#: Bytes that may arrive before the handshake is answered. Honest clients send none.
MAX_EARLY_BYTES = 4096


class BoundedPhases(DirectReply):
    """A connection with one handshake, few bytes before the reply, and an end in time."""

    _discarded_bytes = 0

    # The names are autobahn's and Twisted's.

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self.state == self.STATE_CLOSED:
            self._discarded_bytes += len(data)
            if self._discarded_bytes > MAX_DISCARDED_BYTES:
                self.transport.abortConnection()
            return
        super().dataReceived(data)
        if self.state == self.STATE_CONNECTING and len(self.data) > MAX_EARLY_BYTES:
            self.dropConnection(abort=True)

    def processHandshake(self) -> None:  # noqa: N802
        """Parse one handshake. Bytes behind it wait for the reply, even if they are another."""
        if not hasattr(self, "handshake_deferred"):
            super().processHandshake()

    def dropConnection(self, abort: bool = False) -> None:  # noqa: N802
        """Close the connection, and abort it if the client does not let it end in time."""
        guard: Guard = self.factory.guard
        if self.transport.connected:
            guard.closing.start(self)
        super().dropConnection(abort)

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        guard: Guard = self.factory.guard
        guard.closing.discard(self)
        super().connectionLost(reason)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N802, N803
        """Pass on the end of a connection. Daphne does not know one whose handshake was refused."""
        if hasattr(self, "server"):
            super().onClose(wasClean, code, reason)
