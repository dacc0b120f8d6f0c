"""Private APIs of Daphne, autobahn, and Twisted, apart from the fast path itself.

:mod:`landing.live.transport.direct_outbound` has the fast path; no other module uses private APIs.
Each private attribute is named here with its reason, guarded by a feature check, and held
by ``tests/live/transport/test_daphne.py``. Under another ASGI server, every function
reports that it cannot help, and the caller works without it. Daphne need not be installed then, so
the imports are inside the functions.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from .guard import Guard
from .outbound import AsgiOutbound, AsgiSend, Outbound

#: Daphne's default of ``--ping-timeout``.
DEFAULT_PING_TIMEOUT_SECONDS = 30


def before_shutdown(callback: Callable[[], Awaitable[None]]) -> bool:
    """Make Twisted's reactor wait for ``callback()`` before it stops.

    Return False without a running reactor. The callback runs in the same turn in which
    Daphne cancels its connections, before any of them has noticed. On SIGTERM, Daphne runs
    neither ``disconnect()`` nor ``finally`` in time, and it sends no lifespan events.
    """
    reactor = _find_reactor()
    if reactor is None or not getattr(reactor, "running", False):
        return False
    from twisted.internet.defer import Deferred

    def run() -> Any:
        return Deferred.fromFuture(asyncio.ensure_future(callback()))

    reactor.addSystemEventTrigger("before", "shutdown", run)
    return True


def send_close_frame(send: AsgiSend, code: int) -> bool:
    """Send a close frame with a code that ASGI cannot send; return False without Daphne.

    autobahn's public ``sendClose`` refuses 1001, which RFC 6455 allows to servers; its
    ``sendCloseFrame`` does not. A connection that is closing and still has bytes waiting
    is aborted.
    """
    connection = _connection_of(send)
    close = getattr(connection, "sendCloseFrame", None)
    if close is None:
        return False
    if connection.state == connection.STATE_OPEN:
        close(code=code)
    elif connection.state == connection.STATE_CLOSED and connection.transport.connected:
        # The client closed first and does not read the reply; Twisted would wait forever.
        connection.transport.abortConnection()
    return True


def arrived_at(send: AsgiSend) -> float | None:
    """Return the monotonic time at which a handshake arrived; None if it is unknown."""
    return getattr(_connection_of(send), "arrived_at", None)


def open_outbound(send: AsgiSend, *, fast_path: bool) -> Outbound:
    """Return the best outbound for an accepted connection.

    With ``fast_path``, a plain connection of Daphne is written to directly. Otherwise frames
    go through ASGI. Under Daphne, which never makes a sender wait, the waiting bytes are
    counted either way: a slow consumer would fill the memory unnoticed.
    """
    connection = _connection_of(send)
    if not hasattr(connection, "transport"):
        return AsgiOutbound(send)
    from . import direct_outbound

    if fast_path and direct_outbound.is_plain(connection):
        return direct_outbound.DirectOutbound(connection)
    return AsgiOutbound(send, direct_outbound.waiting_bytes_counter(connection))


def pause_reading_when_full(send: AsgiSend) -> bool:
    """Stop reading from a client while 64 KB wait for it; return False without Daphne.

    autobahn answers pings by itself, and the replies would fill the memory. Twisted pauses
    the producer of a connection at 64 KB. Daphne leaves there the producer of the HTTP
    request, which has nothing left to pause; this registers the connection's own reading.
    """
    connection = _connection_of(send)
    transport: Any = getattr(connection, "transport", None)
    if not hasattr(transport, "registerProducer"):
        return False
    # A guarded connection may have another reason not to be read.
    producer = connection if hasattr(connection, "pauseProducing") else transport
    transport.unregisterProducer()
    transport.registerProducer(producer, True)
    return True


def skip_unread_debug_lines() -> bool:
    """Keep autobahn from formatting its configuration, the names of its methods, and values.

    It formats them for debug lines even if debug logging is off, which costs more than a tenth
    of a handshake (docs/performance.md). Return False and change nothing if debug logging is
    on, or under another server.
    """
    if not _may_serve():
        return False
    import txaio
    from autobahn.websocket import protocol

    if not hasattr(protocol, "pformat"):
        return False
    # Daphne selects Twisted, which adds this function to txaio.
    level = txaio.get_global_log_level()  # type: ignore[attr-defined]
    if level in ("debug", "trace"):
        return False
    protocol.pformat = _format_nothing
    for module in (protocol, sys.modules["autobahn.twisted.websocket"]):
        module.hltype = _plain_name  # type: ignore[attr-defined]
        module.hlval = _plain_value  # type: ignore[attr-defined]
    return True


def _format_nothing(configuration: object) -> str:
    return ""


def _plain_name(method: Any) -> str:
    return str(getattr(method, "__qualname__", "unknown"))


def _plain_value(value: object, **style: object) -> object:
    """Return the value, which a line that is read formats without colors."""
    return value


def when_listening(callback: Callable[[list[int]], None]) -> None:
    """Call back with the listen backlogs once the server listens.

    A socket that the server inherited (``--fd``) has none. Without a reactor, there is no
    call.
    """
    reactor = _find_reactor()
    if reactor is not None:
        reactor.callWhenRunning(lambda: callback(_backlogs(reactor.getReaders())))


def guard_when_listening(guard: Guard) -> None:
    """Guard the sockets of the server once it listens. Without a reactor, nothing changes."""
    reactor = _find_reactor()
    if reactor is not None:
        from . import guard_installation

        reactor.callWhenRunning(lambda: guard_installation.install(reactor, guard))


def _backlogs(readers: Iterable[Any]) -> list[int]:
    backlogs = (getattr(reader, "backlog", None) for reader in readers)
    return [backlog for backlog in backlogs if backlog is not None]


def shorten_ping_timeout(seconds: int) -> None:
    """Drop connections that leave a ping unanswered for ``seconds``, under Daphne's default.

    Daphne pings every 20 s and waits 30 s for the answer. So a person whose network vanished
    without a close would count for 50 s. An operator's own ``--ping-timeout`` stays. Without a
    reactor, nothing changes.
    """
    reactor = _find_reactor()
    if reactor is not None:
        reactor.callWhenRunning(lambda: _shorten(reactor.getReaders(), seconds))


def _shorten(readers: Iterable[Any], seconds: int) -> None:
    for reader in readers:
        http = getattr(reader, "factory", None)
        # A TLS port wraps the factory of HTTP.
        server = getattr(getattr(http, "wrappedFactory", http), "server", None)
        factory: Any = getattr(server, "ws_factory", None)
        if getattr(factory, "autoPingTimeout", None) == DEFAULT_PING_TIMEOUT_SECONDS:
            factory.setProtocolOptions(autoPingTimeout=seconds)


def _connection_of(send: AsgiSend) -> Any:
    """Return the connection behind Daphne's ``partial(Server.handle_reply, protocol)``.

    No public API leads from an ASGI callable to its connection.
    """
    return send.args[0] if _may_serve() and isinstance(send, partial) and send.args else None


def _may_serve() -> bool:
    """Return whether this process has loaded Daphne."""
    return "daphne.server" in sys.modules


def _find_reactor() -> Any:
    """Return the reactor of Daphne; None without Daphne."""
    return sys.modules.get("twisted.internet.reactor") if _may_serve() else None
