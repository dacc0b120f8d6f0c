"""The reply to a handshake, written straight to the kernel.

Twisted would queue it and watch the socket, which takes a turn of the event loop.
"""

from __future__ import annotations

from typing import Any

from daphne.ws_protocol import WebSocketProtocol

from ... import conf
from .direct_outbound import count_waiting_bytes, is_tcp


class DirectReply(WebSocketProtocol):  # type: ignore[misc]
    """A connection whose handshake is answered at once; with LANDING_FAST_PATH only."""

    # The name is autobahn's.

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        """Write the reply to a handshake to the kernel, and queue what it does not accept."""
        is_reply = self.state == self.STATE_CONNECTING and not (sync or chopsize)
        if is_reply and not self.send_queue and conf.read().LANDING_FAST_PATH:
            data = write_reply(self.transport, data)
        if data:
            super().sendData(data, sync, chopsize)


def write_reply(transport: Any, data: bytes) -> bytes:
    """Write to the kernel if no earlier bytes wait; return the rest."""
    if not is_tcp(transport) or count_waiting_bytes(transport):
        return data
    try:
        return data[transport.getHandle().send(data) :]
    except OSError:
        # The buffer is full, or the peer is gone, which Twisted notices when it writes.
        return data
