"""What this project knows of Daphne's, autobahn's and Twisted's insides.

The part that sends frames is :mod:`landing.live.transport.direct`; nothing else knows them.
Each private attribute is named here with its reason, guarded by a feature check,
and held by ``tests/live/test_daphne.py``. Elsewhere (another ASGI server) every
function answers that it cannot help, and the caller does without.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import txaio
from autobahn.websocket import protocol

from . import direct
from .direct import DirectOutbound
from .outbound import AsgiOutbound, AsgiSend, Outbound


def before_shutdown(callback: Callable[[], Awaitable[None]]) -> bool:
    """Have Twisted's reactor wait for ``callback()`` before it stops; False without a reactor.

    ``callback`` is called in the same turn in which Daphne cancels its sockets, before
    any of them has noticed.

    Daphne runs neither ``disconnect()`` nor ``finally`` on SIGTERM in a way that
    could still reach anybody, and sends no lifespan.
    """
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is None or not getattr(reactor, "running", False):
        return False
    from twisted.internet.defer import Deferred

    def leave() -> Any:
        return Deferred.fromFuture(asyncio.ensure_future(callback()))

    reactor.addSystemEventTrigger("before", "shutdown", leave)
    return True


def send_close_frame(send: AsgiSend, code: int) -> bool:
    """Send a close frame with a code that ASGI cannot send; False when this is not Daphne.

    autobahn's public ``sendClose`` refuses 1001 (RFC 6455 allows it to servers), its
    ``sendCloseFrame`` does not. A connection that ends already and still has bytes
    waiting is aborted.
    """
    connection = _connection_of(send)
    close = getattr(connection, "sendCloseFrame", None)
    if close is None:
        return False
    if connection.state == connection.STATE_OPEN:
        close(code=code)
    elif connection.state == connection.STATE_CLOSED:
        # It closed first and does not read the answer; Twisted would wait for it for ever.
        connection.transport.abortConnection()
    return True


def line_of(send: AsgiSend) -> Outbound | None:
    """The way out of an accepted socket of Daphne; None: not Daphne, or not as known here."""
    connection = _connection_of(send)
    if not hasattr(connection, "transport"):
        return None
    backlog_bytes = direct.backlog_of(connection)
    if backlog_bytes is None:
        return None
    if direct.is_plain(connection):
        return DirectOutbound(connection)
    return AsgiOutbound(send, backlog_bytes)


def hold_back(send: AsgiSend) -> bool:
    """Read nothing more from a client while 64 KB wait for it; False when this is not Daphne.

    Its pings are answered by autobahn, unasked, and would fill the memory. Twisted
    pauses the producer of a connection at 64 KB. Daphne leaves it that of the HTTP
    request, which has nothing left to pause; now it is the connection's own reading.
    """
    transport: Any = getattr(_connection_of(send), "transport", None)
    if not hasattr(transport, "registerProducer"):
        return False
    transport.unregisterProducer()
    transport.registerProducer(transport, True)
    return True


def skip_unread_debug_lines() -> bool:
    """Keep autobahn from formatting its whole configuration at each handshake.

    It does so for a debug line, whether or not anybody reads debug lines: a tenth of a
    handshake (docs/performance.md). False, and nothing is changed, where somebody reads
    them and under another server.
    """
    if "daphne.server" not in sys.modules or not hasattr(protocol, "pformat"):
        return False
    # Given to txaio when Daphne chooses Twisted.
    level = txaio.get_global_log_level()  # type: ignore[attr-defined]
    if level in ("debug", "trace"):
        return False
    protocol.pformat = _nothing
    return True


def _nothing(configuration: object) -> str:
    return ""


def when_listening(tell: Callable[[list[int]], None]) -> None:
    """Once the server listens, tell how many handshakes may wait at each of its sockets.

    Nothing of one that it was handed (``--fd``), and nothing at all without a reactor.
    """
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is not None:
        reactor.callWhenRunning(lambda: tell(_backlogs(reactor.getReaders())))


def _backlogs(readers: Iterable[Any]) -> list[int]:
    backlogs = (getattr(reader, "backlog", None) for reader in readers)
    return [backlog for backlog in backlogs if backlog is not None]


def _connection_of(send: AsgiSend) -> Any:
    """The connection behind Daphne's ``partial(Server.handle_reply, protocol)``.

    It is the one way from an ASGI callable to its connection.
    """
    return send.args[0] if isinstance(send, partial) and send.args else None
