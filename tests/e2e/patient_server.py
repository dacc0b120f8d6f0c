"""The benchmarked site, on a server that waits long for the reply to a close frame.

autobahn waits 1 s and then drops the connection, together with the frames in the kernel's
buffers. On a busy machine, a client needs longer to read them.
"""

from __future__ import annotations

from typing import Any

from tests.load.bench.apps.ours import application as site

CLOSE_REPLY_SECONDS = 300


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Run the site after changing the connection's time limit."""
    if scope["type"] == "websocket":
        connection = send.args[0]
        assert connection.closeHandshakeTimeout == 1, "autobahn has another default now"
        connection.closeHandshakeTimeout = CLOSE_REPLY_SECONDS
    await site(scope, receive, send)
