"""The id of the request or connection that this code serves, for the log.

The first middleware of each call sets it, and it follows the call into tasks and threads. Code
outside of a call, such as the loops of a worker, has none.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

HEADER = b"x-request-id"
#: A valid id of a proxy. It appears in log lines and in a response header.
_VALID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
#: Random bits of an id. It distinguishes the lines of a few hours, not of all times.
_ID_BITS = 48

_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current() -> str | None:
    """Return the id of this request or connection, or None outside of both."""
    return _current.get()


class RequestIds:
    """Gives each call an id: that of a trusted proxy, else a random one."""

    def __init__(self, application: Any, *, has_proxy: bool) -> None:
        self._application = application
        self._has_proxy = has_proxy

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Set the id, and pass the call on. A lifespan has none."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        id = _find_id(scope["headers"]) if self._has_proxy else None
        id = id or f"{random.getrandbits(_ID_BITS):012x}"
        # Servers run each call in a task of its own. The id stays for what they log at its end.
        _current.set(id)
        if scope["type"] == "http":
            send = _add_to_failures(send, id.encode())
        await self._application(scope, receive, send)


def _find_id(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the id in the headers; None if there is none, several, or an invalid one."""
    found = [value for name, value in headers if name.lower() == HEADER]
    return found[0].decode() if len(found) == 1 and _VALID.fullmatch(found[0]) else None


def _add_to_failures(send: Any, id: bytes) -> Any:
    """Wrap ``send`` to add the id to responses with a status of 500 and above.

    Caches may keep all others, and would then give one id to many requests.
    """

    async def send_with_id(message: Any) -> None:
        is_head = message["type"] == "http.response.start"
        if is_head and message["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            message = {**message, "headers": [*message.get("headers", ()), (HEADER, id)]}
        await send(message)

    return send_with_id
