"""What this project knows of Daphne's, autobahn's and Twisted's insides.

Each private attribute is named here with its reason, guarded by a feature check,
and held by ``tests/live/test_daphne.py``. Elsewhere (another ASGI server) every
function answers that it cannot help, and the caller does without.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any


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


def send_close_frame(send: Callable[..., Any], code: int) -> bool:
    """Send a close frame with a code that ASGI cannot send; False when this is not Daphne.

    ``send`` is Daphne's ``partial(Server.handle_reply, protocol)``, the one way from
    an ASGI callable to its connection. autobahn's public ``sendClose`` refuses 1001
    (RFC 6455 allows it to servers), its ``sendCloseFrame`` does not.
    """
    protocol: Any = send.args[0] if isinstance(send, partial) and send.args else None
    close = getattr(protocol, "sendCloseFrame", None)
    if close is None:
        return False
    if protocol.state == protocol.STATE_OPEN:
        close(code=code)
    return True
